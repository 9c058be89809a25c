// RUN: g4-opt %s -g4-expand-math | FileCheck %s

// exp by a polynomial and the exponent's bits; below -87.3 it is 0.
// CHECK-LABEL: func @exp
// CHECK-SAME: (%[[X:.*]]: f32)
// CHECK-NOT: math.exp
// CHECK-DAG: %[[LOW:.*]] = arith.constant -87.3365{{.*}} : f32
// CHECK-DAG: %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK: %[[BELOW:.*]] = arith.cmpf olt, %[[X]], %[[LOW]]
// CHECK: math.fma
// CHECK: arith.shli
// CHECK: %[[POWER:.*]] = arith.bitcast %{{.*}} : i32 to f32
// CHECK: %[[Y:.*]] = arith.mulf %{{.*}}, %[[POWER]]
// CHECK: %[[R:.*]] = arith.select %[[BELOW]], %[[ZERO]], %[[Y]]
// CHECK-NEXT: return %[[R]]
func.func @exp(%x: f32) -> f32 {
  %0 = math.exp %x : f32
  return %0 : f32
}

// Vectors keep their shape throughout.
// CHECK-LABEL: func @exp_vector
// CHECK-NOT: math.exp
// CHECK: arith.shli %{{.*}} : vector<16xi32>
// CHECK: arith.bitcast %{{.*}} : vector<16xi32> to vector<16xf32>
func.func @exp_vector(%x: vector<16xf32>) -> vector<16xf32> {
  %0 = math.exp %x : vector<16xf32>
  return %0 : vector<16xf32>
}

// tanh: a polynomial for small arguments, the others with exp; the sign is put back by its bit.
// CHECK-LABEL: func @tanh
// CHECK-NOT: math.tanh
// CHECK-NOT: math.exp
// CHECK: arith.divf
// CHECK: arith.xori
// CHECK: arith.select
func.func @tanh(%x: f32) -> f32 {
  %0 = math.tanh %x : f32
  return %0 : f32
}

// sin and cos: three parts of pi/2, so that positions in the hundred thousands come out right.
// CHECK-LABEL: func @sin_cos
// CHECK-NOT: math.{{sin|cos}}
// CHECK-DAG: arith.constant 1.57079637 : f32
// CHECK-DAG: arith.constant -4.37113883E-8 : f32
// CHECK-DAG: arith.constant -1.71512451E-15 : f32
// CHECK: return
func.func @sin_cos(%x: f32) -> (f32, f32) {
  %0 = math.sin %x : f32
  %1 = math.cos %x : f32
  return %0, %1 : f32, f32
}

// rsqrt is a division by a square root: both are exactly rounded everywhere.
// CHECK-LABEL: func @rsqrt
// CHECK: %[[S:.*]] = math.sqrt
// CHECK: arith.divf %{{.*}}, %[[S]]
func.func @rsqrt(%x: f32) -> f32 {
  %0 = math.rsqrt %x : f32
  return %0 : f32
}

// max and min are comparisons: a NaN loses to the second operand.
// CHECK-LABEL: func @extrema
// CHECK-SAME: (%[[X:.*]]: f32, %[[Y:.*]]: f32)
// CHECK-NEXT: %[[GREATER:.*]] = arith.cmpf ogt, %[[X]], %[[Y]]
// CHECK-NEXT: arith.select %[[GREATER]], %[[X]], %[[Y]]
// CHECK-NEXT: %[[LESS:.*]] = arith.cmpf olt, %[[X]], %[[Y]]
// CHECK-NEXT: arith.select %[[LESS]], %[[X]], %[[Y]]
func.func @extrema(%x: f32, %y: f32) -> (f32, f32) {
  %0 = arith.maxnumf %x, %y : f32
  %1 = arith.minnumf %x, %y : f32
  return %0, %1 : f32, f32
}

// Tiles are left alone: the lowering of tiles comes first.
// CHECK-LABEL: func @tiles
// CHECK-NEXT: math.exp %{{.*}} : tensor<1x8xf32>
// CHECK-NEXT: arith.maxnumf %{{.*}} : tensor<1x8xf32>
func.func @tiles(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
  %0 = math.exp %x : tensor<1x8xf32>
  %1 = arith.maxnumf %0, %x : tensor<1x8xf32>
  return %1 : tensor<1x8xf32>
}

// Other types are left alone: the polynomials are for f32.
// CHECK-LABEL: func @f64
// CHECK-NEXT: math.exp %{{.*}} : f64
func.func @f64(%x: f64) -> f64 {
  %0 = math.exp %x : f64
  return %0 : f64
}

// log has no expansion here and no kernel uses it.
// CHECK-LABEL: func @log
// CHECK-NEXT: math.log
func.func @log(%x: f32) -> f32 {
  %0 = math.log %x : f32
  return %0 : f32
}
