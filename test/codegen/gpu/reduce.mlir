// RUN: g4-print-code %s sm80 | FileCheck %s --check-prefixes=PTX,SM80
// RUN: g4-print-code %s sm90 | FileCheck %s --check-prefixes=PTX,SM90
// RUN: g4-print-code %s gfx942 | FileCheck %s --check-prefix=GCN
// RUN: g4-print-code %s gfx1201 | FileCheck %s --check-prefix=RDNA

// SM80: .target sm_80
// SM90: .target sm_90
// GCN: .amdgcn_target "amdgcn-amd-amdhsa--gfx942"

// One warp holds a row: 16 bytes a thread at once, a butterfly of shuffles, no shared memory.
// PTX-LABEL: .entry one_warp
// PTX: .maxntid 32, 1, 1
// PTX-NOT: .shared
// PTX-COUNT-1: ld.global.v4
// PTX: shfl.sync.bfly.b32 {{.*}}, 16, 31, -1
// PTX: shfl.sync.bfly.b32 {{.*}}, 8, 31, -1
// PTX: shfl.sync.bfly.b32 {{.*}}, 4, 31, -1
// PTX: shfl.sync.bfly.b32 {{.*}}, 2, 31, -1
// PTX: shfl.sync.bfly.b32 {{.*}}, 1, 31, -1
// PTX-NOT: bar.sync
// PTX: st.global.v4
// GCN-LABEL: one_warp:
// GCN: global_load_dwordx4
// GCN: ds_swizzle_b32 {{.*}} offset:swizzle(SWAP,16)
// GCN: row_ror:8
// GCN: quad_perm:[2,3,0,1]
// GCN: quad_perm:[1,0,3,2]
// RDNA-LABEL: one_warp:
// RDNA: global_load_b128
// RDNA: v_permlanex16_b32
// RDNA: row_xmask:8
// RDNA: row_xmask:1
// RDNA: s_endpgm
// GCN: global_store_dwordx4
// GCN: s_endpgm
#warp = #g4t.blocked<1, 32, vec = 4>
g4t.kernel @one_warp(%x: memref<?x128xf32>, %y: memref<?x128xf32>) grid(%i, %j) threads 32 {
  %c0 = arith.constant 0 : index
  %0 = g4t.load %x[%i, %c0] : memref<?x128xf32> -> tensor<1x128xf32, #warp>
  %1 = g4t.reduce add %0 : tensor<1x128xf32, #warp> -> tensor<1x1xf32, #warp>
  %2 = g4t.broadcast %1 : tensor<1x1xf32, #warp> -> tensor<1x128xf32, #warp>
  %3 = arith.divf %0, %2 : tensor<1x128xf32, #warp>
  g4t.store %3, %y[%i, %c0] : tensor<1x128xf32, #warp>, memref<?x128xf32>
  g4t.return
}

// Several warps hold it: their sums meet in shared memory, with a barrier before they are read.
// PTX-LABEL: .entry four_warps
// PTX: .maxntid 128, 1, 1
// PTX: shfl.sync.bfly.b32 {{.*}}, 1, 31, -1
// PTX: st.shared
// PTX: bar{{(rier)?}}.sync
// PTX: ld.shared
// PTX: st.global
// GCN-LABEL: four_warps:
// GCN: ds_swizzle_b32
// GCN: ds_write
// GCN: s_barrier
// GCN: ds_read
#block = #g4t.blocked<1, 128, vec = 1>
g4t.kernel @four_warps(%x: memref<?x128xf32>, %y: memref<?x128xf32>) grid(%i, %j) threads 128 {
  %c0 = arith.constant 0 : index
  %0 = g4t.load %x[%i, %c0] : memref<?x128xf32> -> tensor<1x128xf32, #block>
  %1 = g4t.reduce max %0 : tensor<1x128xf32, #block> -> tensor<1x1xf32, #block>
  %2 = g4t.broadcast %1 : tensor<1x1xf32, #block> -> tensor<1x128xf32, #block>
  g4t.store %2, %y[%i, %c0] : tensor<1x128xf32, #block>, memref<?x128xf32>
  g4t.return
}

// Nothing spills.
// PTX-NOT: .local
// GCN: four_warps
// GCN: .private_segment_fixed_size: 0
