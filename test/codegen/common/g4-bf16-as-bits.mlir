// RUN: g4-opt %s --g4-bf16-as-bits | FileCheck %s

// CHECK-LABEL: func.func @moved
// CHECK-SAME: %[[X:[a-z0-9]+]]: vector<6xi16>, %[[EXISTS:[a-z0-9]+]]: i1
// CHECK-NOT: bf16
// CHECK: %[[ZERO:.*]] = arith.constant dense<0> : vector<6xi16>
// CHECK: %[[ONE:.*]] = arith.constant 16256 : i16
// CHECK: %[[Y:.*]] = scf.if %[[EXISTS]] -> (vector<6xi16>) {
// CHECK:   scf.yield %[[X]] : vector<6xi16>
// CHECK:   scf.yield %[[ZERO]] : vector<6xi16>
// CHECK: %[[FIRST:.*]] = vector.extract %[[Y]][0] : i16 from vector<6xi16>
// CHECK: %[[LEAST:.*]] = arith.select %[[EXISTS]], %[[FIRST]], %[[ONE]] : i16
// CHECK: return %[[Y]], %[[LEAST]] : vector<6xi16>, i16
func.func @moved(%bits: vector<6xi16>, %exists: i1) -> (vector<6xi16>, i16) {
  %x = arith.bitcast %bits : vector<6xi16> to vector<6xbf16>
  %zero = arith.constant dense<0.0> : vector<6xbf16>
  %one = arith.constant 1.0 : bf16
  %y = scf.if %exists -> vector<6xbf16> {
    scf.yield %x : vector<6xbf16>
  } else {
    scf.yield %zero : vector<6xbf16>
  }
  %first = vector.extract %y[0] : bf16 from vector<6xbf16>
  %least = arith.select %exists, %first, %one : bf16
  %whole = arith.bitcast %y : vector<6xbf16> to vector<6xi16>
  %number = arith.bitcast %least : bf16 to i16
  return %whole, %number : vector<6xi16>, i16
}
