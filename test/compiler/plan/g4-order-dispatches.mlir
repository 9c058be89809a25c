// RUN: g4-opt %s -split-input-file -g4-order-dispatches | FileCheck %s

// The router needs as little as gate_up does, and the experts as little as down. A tap stays behind what it shows.
// CHECK-LABEL: module @gpu
// CHECK: g4x.dispatch "x"
// CHECK-NEXT: g4x.dispatch "gate_up"
// CHECK-NEXT: g4.tap
// CHECK-NEXT: g4x.dispatch "router"
// CHECK-NEXT: g4x.dispatch "down"
// CHECK-NEXT: g4x.dispatch "experts"
// CHECK-NEXT: g4x.dispatch "sum"
// CHECK-NEXT: return
module @gpu attributes {g4t.target = #g4t.target<"gpu", device = "cuda", warp = 32, scratch = 101376, features = ["sm_120"] intrinsic = "mma_16x8x16">} {
  func.func @step(%ids: tensor<?xi32>) -> tensor<?x8xf32> {
    %x = g4x.dispatch "x"() {kernels = [@k, @k, @k, @k, @k], grids_x = [#g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>], grids_y = [#g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>], params = [[#g4x.result<0>], [#g4x.result<0>], [#g4x.result<0>], [#g4x.result<0>], [#g4x.result<0>]], result_rows = [#g4x.extent<tokens>]} : () -> tensor<?x8xf32>
    %g = g4x.dispatch "gate_up"(%x) {kernels = [@k, @k, @k, @k, @k], grids_x = [#g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>], grids_y = [#g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>], params = [[#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>]], result_rows = [#g4x.extent<tokens>]} : (tensor<?x8xf32>) -> tensor<?x8xf32>
    g4.tap "g", %g : tensor<?x8xf32>
    %d = g4x.dispatch "down"(%g) {kernels = [@k, @k, @k, @k, @k], grids_x = [#g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>], grids_y = [#g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>], params = [[#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>]], result_rows = [#g4x.extent<tokens>]} : (tensor<?x8xf32>) -> tensor<?x8xf32>
    %r = g4x.dispatch "router"(%x) {kernels = [@k, @k, @k, @k, @k], grids_x = [#g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>], grids_y = [#g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>], params = [[#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>]], result_rows = [#g4x.extent<tokens>]} : (tensor<?x8xf32>) -> tensor<?x8xf32>
    %e = g4x.dispatch "experts"(%x, %r) {kernels = [@k, @k, @k, @k, @k], grids_x = [#g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>], grids_y = [#g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>], params = [[#g4x.operand<0>, #g4x.operand<1>, #g4x.result<0>], [#g4x.operand<0>, #g4x.operand<1>, #g4x.result<0>], [#g4x.operand<0>, #g4x.operand<1>, #g4x.result<0>], [#g4x.operand<0>, #g4x.operand<1>, #g4x.result<0>], [#g4x.operand<0>, #g4x.operand<1>, #g4x.result<0>]], result_rows = [#g4x.extent<tokens>]} : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
    %s = g4x.dispatch "sum"(%d, %e) {kernels = [@k, @k, @k, @k, @k], grids_x = [#g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>], grids_y = [#g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>], params = [[#g4x.operand<0>, #g4x.operand<1>, #g4x.result<0>], [#g4x.operand<0>, #g4x.operand<1>, #g4x.result<0>], [#g4x.operand<0>, #g4x.operand<1>, #g4x.result<0>], [#g4x.operand<0>, #g4x.operand<1>, #g4x.result<0>], [#g4x.operand<0>, #g4x.operand<1>, #g4x.result<0>]], result_rows = [#g4x.extent<tokens>]} : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
    return %s : tensor<?x8xf32>
  }
}

// -----

// A CPU's order stays.
// CHECK-LABEL: module @cpu
// CHECK: g4x.dispatch "gate_up"
// CHECK: g4x.dispatch "down"
// CHECK-NEXT: g4x.dispatch "router"
// CHECK-NEXT: g4x.dispatch "experts"
module @cpu attributes {g4t.target = #g4t.target<"cpu", device = "cpu", warp = 1, scratch = 1048576>} {
  func.func @step(%ids: tensor<?xi32>) -> tensor<?x8xf32> {
    %x = g4x.dispatch "x"() {kernels = [@k, @k, @k, @k, @k], grids_x = [#g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>], grids_y = [#g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>], params = [[#g4x.result<0>], [#g4x.result<0>], [#g4x.result<0>], [#g4x.result<0>], [#g4x.result<0>]], result_rows = [#g4x.extent<tokens>]} : () -> tensor<?x8xf32>
    %g = g4x.dispatch "gate_up"(%x) {kernels = [@k, @k, @k, @k, @k], grids_x = [#g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>], grids_y = [#g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>], params = [[#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>]], result_rows = [#g4x.extent<tokens>]} : (tensor<?x8xf32>) -> tensor<?x8xf32>
    g4.tap "g", %g : tensor<?x8xf32>
    %d = g4x.dispatch "down"(%g) {kernels = [@k, @k, @k, @k, @k], grids_x = [#g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>], grids_y = [#g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>], params = [[#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>]], result_rows = [#g4x.extent<tokens>]} : (tensor<?x8xf32>) -> tensor<?x8xf32>
    %r = g4x.dispatch "router"(%x) {kernels = [@k, @k, @k, @k, @k], grids_x = [#g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>], grids_y = [#g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>], params = [[#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>]], result_rows = [#g4x.extent<tokens>]} : (tensor<?x8xf32>) -> tensor<?x8xf32>
    %e = g4x.dispatch "experts"(%x, %r) {kernels = [@k, @k, @k, @k, @k], grids_x = [#g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>], grids_y = [#g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>], params = [[#g4x.operand<0>, #g4x.operand<1>, #g4x.result<0>], [#g4x.operand<0>, #g4x.operand<1>, #g4x.result<0>], [#g4x.operand<0>, #g4x.operand<1>, #g4x.result<0>], [#g4x.operand<0>, #g4x.operand<1>, #g4x.result<0>], [#g4x.operand<0>, #g4x.operand<1>, #g4x.result<0>]], result_rows = [#g4x.extent<tokens>]} : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
    %s = g4x.dispatch "sum"(%d, %e) {kernels = [@k, @k, @k, @k, @k], grids_x = [#g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>], grids_y = [#g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>], params = [[#g4x.operand<0>, #g4x.operand<1>, #g4x.result<0>], [#g4x.operand<0>, #g4x.operand<1>, #g4x.result<0>], [#g4x.operand<0>, #g4x.operand<1>, #g4x.result<0>], [#g4x.operand<0>, #g4x.operand<1>, #g4x.result<0>], [#g4x.operand<0>, #g4x.operand<1>, #g4x.result<0>]], result_rows = [#g4x.extent<tokens>]} : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
    return %s : tensor<?x8xf32>
  }
}
