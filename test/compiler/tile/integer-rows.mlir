// RUN: g4-opt %s -g4-tile | FileCheck %s

// With integer rows a launch of its own makes them, norm and rows included; the linear copies what it needs and multiplies
// integers. A weight of bf16 stays as it is, and so does one of rows with one scale.
// CHECK: g4t.kernel @quantize_rows_k32_norm_rows(%{{.*}}: memref<?x32xf32>, %{{.*}}: memref<?x24xi32>, %{{.*}}: memref<32xf32>, %{{.*}}: memref<?xi32>) grid
// CHECK: g4t.quantize %{{.*}} : tensor<1x32xf32>, memref<?x24xi32>
// CHECK: g4t.quantize %{{.*}} : tensor<1x32xf32>, memref<?x24xi32>
// CHECK: g4t.kernel @linear_i4_n64k32_m1n64_a8(%{{.*}}: memref<?x24xi32>
// CHECK: %[[X:.*]] = g4t.scratch : memref<1x24xi32, #g4t.scratch>
// CHECK: g4t.dot_packed %{{.*}}, %[[X]]{{.*}} depth 32
// Several rows take the columns of one panel at a time.
// CHECK: g4t.kernel @linear_i4_n64k32_m4n16_a8x4(
// CHECK: g4t.kernel @linear_bf16_n64k32_m1n64(
// CHECK: g4t.kernel @linear_i8_n64k32_m1n64(
// CHECK: g4x.dispatch "up"
// CHECK-SAME: grids_x = [#g4x.extent<outputs>, #g4x.extent<outputs>, #g4x.extent<outputs>, #g4x.extent<outputs>]
module @cpu attributes {g4t.target = #g4t.target<"cpu", device = "cpu", warp = 1, scratch = 1048576, features = ["avx2"], integer_rows = true>} {
  g4.weight @embed : !g4q.weight<[64, 32], <bf16>> parts ["m.e"]
  g4.weight @up : !g4q.weight<[64, 32], <i4, group = 32, scale = bf16>> parts ["m.u"]
  g4.weight @plain : !g4q.weight<[64, 32], <bf16>> parts ["m.p"]
  g4.weight @bytes : !g4q.weight<[64, 32], <i8, group = -1, scale = f32>> parts ["m.b"]
  g4.weight @norm : !g4q.weight<[32], <f32>> parts ["m.n"]
  func.func @step(%ids: tensor<?xi32>, %p: tensor<?xi32>, %rows: tensor<?xi32>) -> (tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>) {
    %t = g4.use @embed : !g4q.weight<[64, 32], <bf16>>
    %n = g4.use @norm : !g4q.weight<[32], <f32>>
    %w = g4.use @up : !g4q.weight<[64, 32], <i4, group = 32, scale = bf16>>
    %v = g4.use @plain : !g4q.weight<[64, 32], <bf16>>
    %u = g4.use @bytes : !g4q.weight<[64, 32], <i8, group = -1, scale = f32>>
    %e = g4.embed %ids, %t {scale = 2.0 : f32} : tensor<?xi32>, !g4q.weight<[64, 32], <bf16>> -> tensor<?x32xf32>
    %o = g4.take_rows %e, %rows : tensor<?x32xf32>, tensor<?xi32> -> tensor<?x32xf32>
    %x = g4.fused_linear %o, %w norm %n none {epsilon = 1.0 : f32} : (tensor<?x32xf32>, !g4q.weight<[64, 32], <i4, group = 32, scale = bf16>>, !g4q.weight<[32], <f32>>) -> tensor<?x64xf32>
    %y = g4.fused_linear %e, %v none : (tensor<?x32xf32>, !g4q.weight<[64, 32], <bf16>>) -> tensor<?x64xf32>
    %z = g4.fused_linear %e, %u none : (tensor<?x32xf32>, !g4q.weight<[64, 32], <i8, group = -1, scale = f32>>) -> tensor<?x64xf32>
    return %x, %y, %z : tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>
  }
}
