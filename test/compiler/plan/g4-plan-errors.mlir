// RUN: g4-opt %s -split-input-file -g4-plan -verify-diagnostics

// expected-error @+1 {{needs a #g4t.target and exactly one function with a body}}
module attributes {g4t.target = "cpu"} {
  func.func @step() {
    return
  }
}

// -----

// expected-error @+1 {{needs a #g4t.target and exactly one function with a body}}
module attributes {g4t.target = #g4t.target<"cpu", device = "cpu", warp = 1, scratch = 1048576>} {
  func.func private @step()
}

// -----

// What is no dispatch has no launch.
module attributes {g4t.target = #g4t.target<"cpu", device = "cpu", warp = 1, scratch = 1048576>} {
  func.func @step(%ids: tensor<?xi32>) -> tensor<?x4xf32> {
    %a = g4x.dispatch "a"() {kernels = [@k, @k, @k, @k], grids_x = [#g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>], grids_y = [#g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>], params = [[#g4x.result<0>], [#g4x.result<0>], [#g4x.result<0>], [#g4x.result<0>]], result_rows = [#g4x.extent<tokens>]} : () -> tensor<?x8xf32>
    // expected-error @+1 {{was not tiled}}
    %b = g4.slice %a {offset = 0} : tensor<?x8xf32> -> tensor<?x4xf32>
    return %b : tensor<?x4xf32>
  }
}

// -----

// The logits are a buffer.
module attributes {g4t.target = #g4t.target<"cpu", device = "cpu", warp = 1, scratch = 1048576>} {
  // expected-error @+1 {{must return results of dispatches: logits, or logits, values and ids of candidates}}
  func.func @step(%ids: tensor<?xi32>) -> tensor<?xi32> {
    return %ids : tensor<?xi32>
  }
}

// -----

module attributes {g4t.target = #g4t.target<"cpu", device = "cpu", warp = 1, scratch = 1048576>} {
  // expected-error @+1 {{must return results of dispatches: logits, or logits, values and ids of candidates}}
  func.func @step() {
    return
  }
}

// -----

// An array of the host has no buffer that could be looked at.
module attributes {g4t.target = #g4t.target<"cpu", device = "cpu", warp = 1, scratch = 1048576>} {
  func.func @step(%ids: tensor<?xi32>) {
    // expected-error @+1 {{must read the results of dispatches}}
    g4.tap "ids", %ids : tensor<?xi32>
    return
  }
}

// -----

// A kernel for one bucket, a target with three.
module attributes {g4t.target = #g4t.target<"cpu", device = "cpu", warp = 1, scratch = 1048576>} {
  func.func @step(%ids: tensor<?xi32>) -> tensor<?x8xf32> {
    // expected-error @+1 {{has kernels for 1 buckets, the target has 4}}
    %a = g4x.dispatch "a"() {kernels = [@k], grids_x = [#g4x.extent<one>], grids_y = [#g4x.extent<one>], params = [[#g4x.result<0>]], result_rows = [#g4x.extent<tokens>]} : () -> tensor<?x8xf32>
    return %a : tensor<?x8xf32>
  }
}

// -----

// An operand of a dispatch is a buffer too.
module attributes {g4t.target = #g4t.target<"cpu", device = "cpu", warp = 1, scratch = 1048576>} {
  func.func @step(%ids: tensor<?xi32>) -> tensor<?x8xf32> {
    // expected-error @+1 {{must read the results of dispatches}}
    %a = g4x.dispatch "a"(%ids) {kernels = [@k, @k, @k, @k], grids_x = [#g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>, #g4x.extent<tokens>], grids_y = [#g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>], params = [[#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>], [#g4x.operand<0>, #g4x.result<0>]], result_rows = [#g4x.extent<tokens>]} : (tensor<?xi32>) -> tensor<?x8xf32>
    return %a : tensor<?x8xf32>
  }
}
