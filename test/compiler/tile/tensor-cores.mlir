// RUN: g4-opt %s -split-input-file -g4-tile | FileCheck %s

// On NVIDIA a bf16 weight with whole blocks of 64 columns lies as the tensor cores take it, and the
// embedding reads its rows from there. Up to 8 rows are sliced: a warp a slice of the depth, straight
// from global memory. More are staged: async copies, a barrier and a dot a block. Both have 8 slices.
// CHECK: g4.weight @embed : !g4q.weight<[2048, 704], <bf16>, <panel = 16, interleave = 1, mma = 16>>
// CHECK: g4t.kernel @[[EMBED:embed_bf16_v2048k704_mma16x16_s40000000]](
// CHECK: g4t.unpack
// CHECK: g4t.kernel @[[SLICED:linear_bf16_n2048k704_norm_softcap_m8n16_sliced]](%{{[^:]*}}: memref<?x64xf32>,
// CHECK-SAME: memref<11x64xf32>
// CHECK-SAME: threads 256
// CHECK: %[[X:.*]] = g4t.scratch : memref<88x72xbf16, #g4t.scratch>
// CHECK: g4t.load {{.*}} row_stride 2 : memref<?x64xf32> -> tensor<8x64xf32, #g4t.blocked<8, 32, vec = 2>>
// CHECK: g4t.store %{{.*}}, %[[X]][{{.*}}] row_bound %{{.*}} row_stride 16
// CHECK: g4t.barrier
// CHECK: g4t.dot_packed %{{.*}}, %[[X]]{{.*}} depth 704 slices 8 row_bound %{{.*}} : tensor<8x16xf32, #g4t.blocked<16, 16, vec = 1>>
// CHECK: math.rsqrt
// CHECK: math.tanh
// CHECK: g4t.kernel @[[M32:linear_bf16_n2048k704_norm_softcap_m32n32_staged8]](%{{[^:]*}}: memref<?x704xf32>
// CHECK-SAME: threads 256
// CHECK: scf.for
// CHECK: scf.for
// CHECK: g4t.wait_async 6
// CHECK: g4t.barrier
// CHECK: g4t.copy_async {{.*}} block 32 x 64
// CHECK: g4t.commit_async
// CHECK: g4t.dot {{.*}} fragments depth 64 : tensor<32x32xf32, #g4t.mma<4, 2, transposed = true>>
// CHECK: arith.addf
// CHECK: g4t.kernel @[[M64:linear_bf16_n2048k704_norm_softcap_m64n64_staged5]](
// CHECK-NOT: g4t.kernel @linear
// CHECK: g4x.dispatch "embed"
// CHECK: g4x.dispatch "embed"{{.*}} grids_y = [#g4x.extent<one mul 128>, #g4x.extent<one mul 128>, #g4x.extent<one mul 64>, #g4x.extent<one mul 32>, #g4x.extent<one mul 32>], kernels = [@[[SLICED]], @[[SLICED]], @[[M32]], @[[M64]], @[[M64]]]
module @gpu attributes {g4t.target = #g4t.target<"sm90", device = "cuda", warp = 32, scratch = 232448, features = ["sm_90"] intrinsic = "mma_16x8x16">} {
  g4.weight @embed : !g4q.weight<[2048, 704], <bf16>> parts ["m.e"]
  g4.weight @norm : !g4q.weight<[704], <f32>> parts ["m.n"]
  func.func @step(%ids: tensor<?xi32>, %p: tensor<?xi32>, %rows: tensor<?xi32>) -> tensor<?x2048xf32> {
    %t = g4.use @embed : !g4q.weight<[2048, 704], <bf16>>
    %n = g4.use @norm : !g4q.weight<[704], <f32>>
    %e = g4.embed %ids, %t {scale = 2.0 : f32} : tensor<?xi32>, !g4q.weight<[2048, 704], <bf16>> -> tensor<?x704xf32>
    %h = g4.fused_linear %e, %t norm %n softcap {epsilon = 1.0e-6 : f32, cap = 30.0 : f32} : (tensor<?x704xf32>, !g4q.weight<[2048, 704], <bf16>>, !g4q.weight<[704], <f32>>) -> tensor<?x2048xf32>
    return %h : tensor<?x2048xf32>
  }
}

// -----

// 72 columns are no whole blocks: dots in registers, as for f32.
// CHECK: g4.weight @a : !g4q.weight<[64, 72], <bf16>, <panel = 16, interleave = 2>>
// CHECK: g4t.kernel @linear_bf16_n64k72_m8n64(
// CHECK: g4t.dot_packed {{.*}} depth 72 :
module @gpu attributes {g4t.target = #g4t.target<"sm90", device = "cuda", warp = 32, scratch = 232448, features = ["sm_90"] intrinsic = "mma_16x8x16">} {
  g4.weight @embed : !g4q.weight<[64, 72], <bf16>> parts ["m.e"]
  g4.weight @a : !g4q.weight<[64, 72], <bf16>> parts ["m.a"]
  func.func @step(%ids: tensor<?xi32>, %p: tensor<?xi32>, %rows: tensor<?xi32>) -> tensor<?x64xf32> {
    %t = g4.use @embed : !g4q.weight<[64, 72], <bf16>>
    %u = g4.use @a : !g4q.weight<[64, 72], <bf16>>
    %e = g4.embed %ids, %t {scale = 2.0 : f32} : tensor<?xi32>, !g4q.weight<[64, 72], <bf16>> -> tensor<?x72xf32>
    %x = g4.fused_linear %e, %u none : (tensor<?x72xf32>, !g4q.weight<[64, 72], <bf16>>) -> tensor<?x64xf32>
    return %x : tensor<?x64xf32>
  }
}
