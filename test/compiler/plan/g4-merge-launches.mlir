// RUN: g4-opt %s -split-input-file -g4-merge-launches | FileCheck %s
// RUN: g4-opt %s -split-input-file -g4-merge-launches | FileCheck %s --check-prefix=CODE

// Both read @x and write memory of their own. In steps of 1 to 8 rows @copy has one item along x and
// 4 along y, and @twice two a row; in steps of 32 rows neither is a number.
// CHECK-LABEL: module @merged
// CHECK: g4x.bucket max_tokens 8
// CHECK-NEXT: g4x.launch "a+b" @copy_beside_twice_1x4_2 grid(<tokens mul 2 add 4>, <one>) args [#g4x.buffer_ref<@x>, #g4x.buffer_ref<@y>, #g4x.buffer_ref<@x>, #g4x.buffer_ref<@z>, #g4x.active_items]
// CHECK-NEXT: }
// CHECK: g4x.bucket max_tokens 32
// CHECK-NEXT: g4x.launch "a" @copy
// CHECK-NEXT: g4x.launch "b" @twice
// CHECK-NEXT: }

// The first items are @copy's, then come @twice's; each has its own coordinates.
// CODE-LABEL: g4t.kernel @copy_beside_twice_1x4_2(
// CODE-SAME: %[[X:[^:]*]]: memref<?x128xf32>, %[[Y:[^:]*]]: memref<?x128xf32>, %[[X2:[^:]*]]: memref<?x128xf32>, %[[Z:[^:]*]]: memref<?x128xf32>, %[[ACTIVE:[^:]*]]: memref<?xi32>) grid(%[[I:[^,]*]], %{{.*}}) threads 128 {
// CODE: %[[WORD:.*]] = memref.load %[[ACTIVE]]
// CODE: %[[ITEMS:.*]] = arith.index_cast %[[WORD]]
// CODE: %[[EXISTS:.*]] = arith.cmpi slt, %[[I]], %[[ITEMS]]
// CODE: scf.if %[[EXISTS]] {
// CODE: %[[FOUR:.*]] = arith.constant 4 : index
// CODE: %[[FIRST:.*]] = arith.cmpi slt, %[[I]], %[[FOUR]]
// CODE: scf.if %[[FIRST]] {
// CODE: %[[AT:.*]] = arith.divui %[[I]], %{{.*}}
// CODE: arith.remui %[[I]]
// CODE: g4t.load %[[X]][%[[AT]],
// CODE: g4t.store %{{.*}}, %[[Y]][%[[AT]],
// CODE: } else {
// CODE: %[[REST:.*]] = arith.subi %[[I]], %[[FOUR]]
// CODE: %[[AT2:.*]] = arith.divui %[[REST]], %{{.*}}
// CODE: arith.remui %[[REST]]
// CODE: g4t.load %[[X2]][%[[AT2]],
// CODE: g4t.store %{{.*}}, %[[Z]][%[[AT2]],
module @merged attributes {g4t.target = #g4t.target<"gpu", device = "cuda", warp = 32, scratch = 101376, features = ["sm_120"] intrinsic = "mma_16x8x16">} {
  g4t.kernel @copy(%x: memref<?x128xf32>, %y: memref<?x128xf32>, %active: memref<?xi32>) grid(%i, %j) threads 128 {
    %c0 = arith.constant 0 : index
    %word = memref.load %active[%c0] : memref<?xi32>
    %items = arith.index_cast %word : i32 to index
    %exists = arith.cmpi slt, %i, %items : index
    scf.if %exists {
      %t = g4t.load %x[%i, %c0] : memref<?x128xf32> -> tensor<1x128xf32, #g4t.blocked<1, 128, vec = 1>>
      g4t.store %t, %y[%i, %c0] : tensor<1x128xf32, #g4t.blocked<1, 128, vec = 1>>, memref<?x128xf32>
    }
    g4t.return
  }
  g4t.kernel @twice(%x: memref<?x128xf32>, %y: memref<?x128xf32>, %active: memref<?xi32>) grid(%i, %j) threads 128 {
    %c0 = arith.constant 0 : index
    %word = memref.load %active[%c0] : memref<?xi32>
    %items = arith.index_cast %word : i32 to index
    %exists = arith.cmpi slt, %i, %items : index
    scf.if %exists {
      %t = g4t.load %x[%i, %c0] : memref<?x128xf32> -> tensor<1x128xf32, #g4t.blocked<1, 128, vec = 1>>
      %u = arith.addf %t, %t : tensor<1x128xf32, #g4t.blocked<1, 128, vec = 1>>
      g4t.store %u, %y[%i, %c0] : tensor<1x128xf32, #g4t.blocked<1, 128, vec = 1>>, memref<?x128xf32>
    }
    g4t.return
  }
  g4x.program @step logits @y page_size 64 {
    g4x.buffer @x f32 rows <tokens> cols 128 storage 0
    g4x.buffer @y f32 rows <tokens> cols 128 storage 1
    g4x.buffer @z f32 rows <tokens> cols 128 storage 2
    g4x.bucket max_tokens 8 query_tile 1 {
      g4x.launch "a" @copy grid(<tokens div 8>, <one mul 4>) args [#g4x.buffer_ref<@x>, #g4x.buffer_ref<@y>, #g4x.active_items]
      g4x.launch "b" @twice grid(<tokens>, <one mul 2>) args [#g4x.buffer_ref<@x>, #g4x.buffer_ref<@z>, #g4x.active_items]
    }
    g4x.bucket max_tokens 32 query_tile 1 {
      g4x.launch "a" @copy grid(<tokens div 8>, <one mul 4>) args [#g4x.buffer_ref<@x>, #g4x.buffer_ref<@y>, #g4x.active_items]
      g4x.launch "b" @twice grid(<tokens>, <one mul 2>) args [#g4x.buffer_ref<@x>, #g4x.buffer_ref<@z>, #g4x.active_items]
    }
  }
}

// -----

// "b" reads what "a" writes. "c" writes what "b" reads: @z is another buffer than @x, but lies where
// @x lies. "d" has other threads. "e" may be merged with nobody: a tap is between.
// CHECK-LABEL: module @kept
// CHECK: g4x.bucket max_tokens 1
// CHECK-NEXT: g4x.launch "a" @copy
// CHECK-NEXT: g4x.launch "b" @copy
// CHECK-NEXT: g4x.launch "c" @copy
// CHECK-NEXT: g4x.launch "d" @wide
// CHECK-NEXT: g4x.tap
// CHECK-NEXT: g4x.launch "e" @wide
// CHECK-NEXT: }
module @kept attributes {g4t.target = #g4t.target<"gpu", device = "cuda", warp = 32, scratch = 101376, features = ["sm_120"] intrinsic = "mma_16x8x16">} {
  g4t.kernel @copy(%x: memref<?x128xf32>, %y: memref<?x128xf32>, %active: memref<?xi32>) grid(%i, %j) threads 128 {
    %c0 = arith.constant 0 : index
    %word = memref.load %active[%c0] : memref<?xi32>
    %items = arith.index_cast %word : i32 to index
    %exists = arith.cmpi slt, %i, %items : index
    scf.if %exists {
      %t = g4t.load %x[%i, %c0] : memref<?x128xf32> -> tensor<1x128xf32, #g4t.blocked<1, 128, vec = 1>>
      g4t.store %t, %y[%i, %c0] : tensor<1x128xf32, #g4t.blocked<1, 128, vec = 1>>, memref<?x128xf32>
    }
    g4t.return
  }
  g4t.kernel @wide(%x: memref<?x128xf32>, %y: memref<?x128xf32>, %active: memref<?xi32>) grid(%i, %j) threads 256 {
    %c0 = arith.constant 0 : index
    %word = memref.load %active[%c0] : memref<?xi32>
    %items = arith.index_cast %word : i32 to index
    %exists = arith.cmpi slt, %i, %items : index
    scf.if %exists {
      %t = g4t.load %x[%i, %c0] : memref<?x128xf32> -> tensor<1x128xf32, #g4t.blocked<1, 256, vec = 1>>
      g4t.store %t, %y[%i, %c0] : tensor<1x128xf32, #g4t.blocked<1, 256, vec = 1>>, memref<?x128xf32>
    }
    g4t.return
  }
  g4x.program @step logits @v page_size 64 {
    g4x.buffer @w f32 rows <tokens> cols 128 storage 3
    g4x.buffer @x f32 rows <tokens> cols 128 storage 0
    g4x.buffer @y f32 rows <tokens> cols 128 storage 1
    g4x.buffer @z f32 rows <tokens> cols 128 storage 0
    g4x.buffer @u f32 rows <tokens> cols 128 storage 4
    g4x.buffer @v f32 rows <tokens> cols 128 storage 5
    g4x.bucket max_tokens 1 query_tile 1 {
      g4x.launch "a" @copy grid(<tokens>, <one>) args [#g4x.buffer_ref<@w>, #g4x.buffer_ref<@x>, #g4x.active_items]
      g4x.launch "b" @copy grid(<tokens>, <one>) args [#g4x.buffer_ref<@x>, #g4x.buffer_ref<@y>, #g4x.active_items]
      g4x.launch "c" @copy grid(<tokens>, <one>) args [#g4x.buffer_ref<@w>, #g4x.buffer_ref<@z>, #g4x.active_items]
      g4x.launch "d" @wide grid(<tokens>, <one>) args [#g4x.buffer_ref<@w>, #g4x.buffer_ref<@u>, #g4x.active_items]
      g4x.tap "t" @u
      g4x.launch "e" @wide grid(<tokens>, <one>) args [#g4x.buffer_ref<@w>, #g4x.buffer_ref<@v>, #g4x.active_items]
    }
  }
}
