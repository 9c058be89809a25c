// RUN: g4-print-code %s x86-64-v3 | FileCheck %s --check-prefixes=CHECK,V3
// RUN: g4-print-code %s x86-64-v4 | FileCheck %s --check-prefixes=CHECK,V4
// RUN: g4-print-code %s sapphirerapids | FileCheck %s --check-prefixes=CHECK,SPR

// f32 in panels of 16 rows: a row of a against 16 rows of w, one fused multiply-add a column (two
// where vectors have 8 floats).
// CHECK-LABEL: f32_panel:
// V3: vfmadd{{[0-9]+}}ps {{.*}}, %ymm
// V3-NOT: zmm
// V4: vfmadd{{[0-9]+}}ps {{.*}}, %zmm
// SPR: vfmadd{{[0-9]+}}ps {{.*}}, %zmm
// CHECK-NOT: call
// CHECK: ret
g4t.kernel @f32_panel(%x: memref<?x64xf32>, %w: !g4q.weight<[32, 64], <f32>, <panel = 16, interleave = 1>>, %y: memref<?x32xf32>) grid(%i, %j) threads 1 {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant 0.0 : f32
  %n = arith.muli %j, %c16 : index
  %0 = g4t.splat %zero : f32 -> tensor<1x16xf32>
  %1 = g4t.dot_packed %0, %x[%i, %c0], %w[%n, %c0] depth 64 : tensor<1x16xf32>, memref<?x64xf32>, !g4q.weight<[32, 64], <f32>, <panel = 16, interleave = 1>>
  g4t.store %1, %y[%i, %n] : tensor<1x16xf32>, memref<?x32xf32>
  g4t.return
}

// bf16, two columns interleaved: the machine's dot of pairs where it has one; elsewhere each half
// is widened in registers. Packed bytes are read as they are.
// CHECK-LABEL: bf16_panel:
// V3: vfmadd{{[0-9]+}}ps {{.*}}, %ymm
// V4: vfmadd{{[0-9]+}}ps {{.*}}, %zmm
// V4-NOT: vdpbf16ps
// SPR: vdpbf16ps {{.*}}, %zmm
// SPR-NOT: vfmadd
// CHECK-NOT: call
// CHECK: ret
g4t.kernel @bf16_panel(%x: memref<?x64xbf16>, %w: !g4q.weight<[32, 64], <bf16>, <panel = 16, interleave = 2>>, %y: memref<?x32xf32>) grid(%i, %j) threads 1 {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant 0.0 : f32
  %n = arith.muli %j, %c16 : index
  %0 = g4t.splat %zero : f32 -> tensor<1x16xf32>
  %1 = g4t.dot_packed %0, %x[%i, %c0], %w[%n, %c0] depth 64 : tensor<1x16xf32>, memref<?x64xbf16>, !g4q.weight<[32, 64], <bf16>, <panel = 16, interleave = 2>>
  g4t.store %1, %y[%i, %n] : tensor<1x16xf32>, memref<?x32xf32>
  g4t.return
}

// Integers of 4 bits: taken out pair by pair in registers, by a permutation of a table where
// registers have 16 lanes, and summed a group at a time before the group's scale.
// CHECK-LABEL: int4_panel:
// V3: v{{p?}}or
// V3: v{{add|sub}}ps
// V3: vfmadd{{[0-9]+}}ps {{.*}}, %ymm
// V4: vperm{{d|ps}} {{.*}}, %zmm
// V4: vfmadd{{[0-9]+}}ps {{.*}}, %zmm
// V4-NOT: vdpbf16ps
// SPR: vpermw {{.*}}, %zmm
// SPR: vdpbf16ps {{.*}}, %zmm
// SPR: vfmadd{{[0-9]+}}ps {{.*}}, %zmm
// CHECK-NOT: call
// CHECK: ret
g4t.kernel @int4_panel(%x: memref<?x64xbf16>, %w: !g4q.weight<[32, 64], <i4, group = 32, scale = bf16>, <panel = 16, interleave = 2>>, %y: memref<?x32xf32>) grid(%i, %j) threads 1 {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant 0.0 : f32
  %n = arith.muli %j, %c16 : index
  %0 = g4t.splat %zero : f32 -> tensor<1x16xf32>
  %1 = g4t.dot_packed %0, %x[%i, %c0], %w[%n, %c0] depth 64 : tensor<1x16xf32>, memref<?x64xbf16>, !g4q.weight<[32, 64], <i4, group = 32, scale = bf16>, <panel = 16, interleave = 2>>
  g4t.store %1, %y[%i, %n] : tensor<1x16xf32>, memref<?x32xf32>
  g4t.return
}
