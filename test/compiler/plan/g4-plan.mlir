// RUN: g4-opt %s -split-input-file -g4-plan -verify-diagnostics | FileCheck %s

// Each result gets a buffer; @b2 can lie where @b0 was: nothing reads @b0 any more.
// The result of a launch never shares a storage with what the launch reads.
// CHECK: g4x.program @step logits @b3 page_size 32 {
// CHECK-NEXT: g4x.buffer @b0 f32 rows <tokens> cols 8 storage 0
// CHECK-NEXT: g4x.buffer @b1 f32 rows <tokens> cols 8 storage 1
// CHECK-NEXT: g4x.buffer @b2 f32 rows <tokens> cols 8 storage 0
// CHECK-NEXT: g4x.buffer @b3 f32 rows <tokens> cols 8 storage 1
// CHECK-NEXT: g4x.bucket max_tokens 1 query_tile 1 {
// CHECK-NEXT: g4x.launch "a" @k grid(<tokens>, <one>) args [#g4x.input<token_ids>, #g4x.buffer_ref<@b0>]
// CHECK-NEXT: g4x.launch "b" @k grid(<tokens>, <one>) args [#g4x.buffer_ref<@b0>, #g4x.buffer_ref<@b1>]
// CHECK-NEXT: g4x.launch "c" @k grid(<tokens>, <one>) args [#g4x.buffer_ref<@b1>, #g4x.buffer_ref<@b2>]
// CHECK-NEXT: g4x.launch "d" @k grid(<tokens>, <one>) args [#g4x.buffer_ref<@b2>, #g4x.buffer_ref<@b3>]
// CHECK-NEXT: }
// CHECK-NEXT: g4x.bucket max_tokens 2
// CHECK: g4x.bucket max_tokens 16
// CHECK: g4x.bucket max_tokens 2147483648
// CHECK-NOT: func.func
module attributes {g4t.target = #g4t.target<"cpu", device = "cpu", warp = 1, scratch = 1048576>} {
  func.func @step(%ids: tensor<?xi32>) -> tensor<?x8xf32> {
    %a = g4x.dispatch "a"() {kernels = [@k, @k, @k, @k], grids_x = [#g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>], grids_y = [#g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>], params = [[#g4x.input<token_ids>, #g4x.result<0>], [#g4x.input<token_ids>, #g4x.result<0>], [#g4x.input<token_ids>, #g4x.result<0>], [#g4x.input<token_ids>, #g4x.result<0>]], result_rows = [#g4x.extent<tokens>]} : () -> tensor<?x8xf32>
    %b = g4x.dispatch "b"(%a) {kernels = [@k, @k, @k, @k], grids_x = [#g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>], grids_y = [#g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>], params = [[#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>]], result_rows = [#g4x.extent<tokens>]} : (tensor<?x8xf32>) -> tensor<?x8xf32>
    %c = g4x.dispatch "c"(%b) {kernels = [@k, @k, @k, @k], grids_x = [#g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>], grids_y = [#g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>], params = [[#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>]], result_rows = [#g4x.extent<tokens>]} : (tensor<?x8xf32>) -> tensor<?x8xf32>
    %d = g4x.dispatch "d"(%c) {kernels = [@k, @k, @k, @k], grids_x = [#g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>], grids_y = [#g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>], params = [[#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>]], result_rows = [#g4x.extent<tokens>]} : (tensor<?x8xf32>) -> tensor<?x8xf32>
    return %d : tensor<?x8xf32>
  }
}

// -----

// A value that is read again at the end keeps its storage until then.
// CHECK: g4x.buffer @b0 {{.*}} storage 0
// CHECK-NEXT: g4x.buffer @b1 {{.*}} storage 1
// CHECK-NEXT: g4x.buffer @b2 {{.*}} storage 2
module attributes {g4t.target = #g4t.target<"cpu", device = "cpu", warp = 1, scratch = 1048576>} {
  func.func @step(%ids: tensor<?xi32>) -> tensor<?x8xf32> {
    %a = g4x.dispatch "a"() {kernels = [@k, @k, @k, @k], grids_x = [#g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>], grids_y = [#g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>], params = [[#g4x.result<0>], [#g4x.result<0>], [#g4x.result<0>], [#g4x.result<0>]], result_rows = [#g4x.extent<tokens>]} : () -> tensor<?x8xf32>
    %b = g4x.dispatch "b"(%a) {kernels = [@k, @k, @k, @k], grids_x = [#g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>], grids_y = [#g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>], params = [[#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>]], result_rows = [#g4x.extent<tokens>]} : (tensor<?x8xf32>) -> tensor<?x8xf32>
    %c = g4x.dispatch "c"(%b, %a) {kernels = [@k, @k, @k, @k], grids_x = [#g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>], grids_y = [#g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>], params = [[#g4x.operand<0>, #g4x.operand<1>, #g4x.result<0>], [#g4x.operand<0>, #g4x.operand<1>, #g4x.result<0>], [#g4x.operand<0>, #g4x.operand<1>, #g4x.result<0>], [#g4x.operand<0>, #g4x.operand<1>, #g4x.result<0>]], result_rows = [#g4x.extent<tokens>]} : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
    return %c : tensor<?x8xf32>
  }
}

// -----

// A storage is for one kind of rows: a step of many tokens may have few outputs.
// Each result has its own dtype, and all dimensions after the rows are its columns.
// CHECK: g4x.buffer @b0 f32 rows <tokens> cols 16 storage 0
// CHECK-NEXT: g4x.buffer @b1 i32 rows <tokens mul 2> cols 1 storage 1
// CHECK-NEXT: g4x.buffer @b2 f32 rows <outputs> cols 8 storage 2
module attributes {g4t.target = #g4t.target<"cpu", device = "cpu", warp = 1, scratch = 1048576>} {
  func.func @step(%ids: tensor<?xi32>) -> tensor<?x8xf32> {
    %a:2 = g4x.dispatch "a"() {kernels = [@k, @k, @k, @k], grids_x = [#g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>], grids_y = [#g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>], params = [[#g4x.result<0>, #g4x.result<1>], [#g4x.result<0>, #g4x.result<1>], [#g4x.result<0>, #g4x.result<1>], [#g4x.result<0>, #g4x.result<1>]], result_rows = [#g4x.extent<tokens>, #g4x.extent<tokens mul 2>]} : () -> (tensor<?x2x8xf32>, tensor<?xi32>)
    %b = g4x.dispatch "b"(%a#0) {kernels = [@k, @k, @k, @k], grids_x = [#g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>], grids_y = [#g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>], params = [[#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>]], result_rows = [#g4x.extent<outputs>]} : (tensor<?x2x8xf32>) -> tensor<?x8xf32>
    return %b : tensor<?x8xf32>
  }
}

// -----

// Heads are a view: the buffer of what they view is alive as long as they are.
// CHECK: g4x.buffer @b0 {{.*}} storage 0
// CHECK-NEXT: g4x.buffer @b1 {{.*}} storage 1
// CHECK-NEXT: g4x.buffer @b2 {{.*}} storage 2
// CHECK: g4x.launch "c" @k {{.*}} args [#g4x.buffer_ref<@b0>, #g4x.buffer_ref<@b2>]
module attributes {g4t.target = #g4t.target<"cpu", device = "cpu", warp = 1, scratch = 1048576>} {
  func.func @step(%ids: tensor<?xi32>) -> tensor<?x8xf32> {
    %a = g4x.dispatch "a"() {kernels = [@k, @k, @k, @k], grids_x = [#g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>], grids_y = [#g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>], params = [[#g4x.result<0>], [#g4x.result<0>], [#g4x.result<0>], [#g4x.result<0>]], result_rows = [#g4x.extent<tokens>]} : () -> tensor<?x8xf32>
    %h = g4.heads %a : tensor<?x8xf32> -> tensor<?x2x4xf32>
    %b = g4x.dispatch "b"() {kernels = [@k, @k, @k, @k], grids_x = [#g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>], grids_y = [#g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>], params = [[#g4x.result<0>], [#g4x.result<0>], [#g4x.result<0>], [#g4x.result<0>]], result_rows = [#g4x.extent<tokens>]} : () -> tensor<?x8xf32>
    %c = g4x.dispatch "c"(%h, %b) {kernels = [@k, @k, @k, @k], grids_x = [#g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>], grids_y = [#g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>], params = [[#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>]], result_rows = [#g4x.extent<tokens>]} : (tensor<?x2x4xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
    return %c : tensor<?x8xf32>
  }
}

// -----

// A kernel that a bucket does not need is not launched there; taps follow their launch.
// CHECK: g4x.bucket max_tokens 1 query_tile 1 {
// CHECK-NEXT: g4x.launch "b" @k
// CHECK-NEXT: g4x.tap "layer.0" @b1
// CHECK-NEXT: }
// CHECK-NEXT: g4x.bucket max_tokens 2 query_tile 1 {
// CHECK-NEXT: g4x.launch "a" @group
// CHECK-NEXT: g4x.launch "b" @k
module attributes {g4t.target = #g4t.target<"cpu", device = "cpu", warp = 1, scratch = 1048576>} {
  func.func @step(%ids: tensor<?xi32>) -> tensor<?x8xf32> {
    %a = g4x.dispatch "a"() {kernels = [unit, @group, @group, @group], grids_x = [#g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>], grids_y = [#g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>], params = [[#g4x.result<0>], [#g4x.result<0>], [#g4x.result<0>], [#g4x.result<0>]], result_rows = [#g4x.extent<tokens>]} : () -> tensor<?x8xf32>
    %b = g4x.dispatch "b"(%a) {kernels = [@k, @k, @k, @k], grids_x = [#g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>], grids_y = [#g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>], params = [[#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>]], result_rows = [#g4x.extent<tokens>]} : (tensor<?x8xf32>) -> tensor<?x8xf32>
    g4.tap "layer.0", %b : tensor<?x8xf32>
    return %b : tensor<?x8xf32>
  }
}

// -----

// A module without a target is left alone.
// CHECK: module @plain
// CHECK-NEXT: func.func @step
module @plain {
  func.func @step() {
    return
  }
}

// -----

// What a launch leaves for the next step has a storage of its own.
// CHECK: g4x.buffer @b0 f32 {{.*}} storage 0{{$}}
// CHECK-NEXT: g4x.buffer @b1 i32 rows <one mul 4> cols 1 storage 1 persistent
// CHECK-NEXT: g4x.buffer @b2 i32 rows <one mul 4> cols 1 storage 2{{$}}
module attributes {g4t.target = #g4t.target<"cpu", device = "cpu", warp = 1, scratch = 1048576>} {
  func.func @step(%ids: tensor<?xi32>) -> tensor<?xi32> {
    %a:2 = g4x.dispatch "a"() {kernels = [@k, @k, @k, @k], grids_x = [#g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>], grids_y = [#g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>], params = [[#g4x.result<0>, #g4x.result<1>], [#g4x.result<0>, #g4x.result<1>], [#g4x.result<0>, #g4x.result<1>], [#g4x.result<0>, #g4x.result<1>]], result_rows = [#g4x.extent<tokens>, #g4x.extent<one mul 4>], persistent = array<i64: 1>} : () -> (tensor<?x8xf32>, tensor<?xi32>)
    %b = g4x.dispatch "b"(%a#0) {kernels = [@k, @k, @k, @k], grids_x = [#g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>], grids_y = [#g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>], params = [[#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>]], result_rows = [#g4x.extent<one mul 4>]} : (tensor<?x8xf32>) -> tensor<?xi32>
    return %b : tensor<?xi32>
  }
}
