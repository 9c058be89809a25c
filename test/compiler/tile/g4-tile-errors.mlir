// RUN: g4-opt %s -split-input-file -g4-tile -verify-diagnostics

// A target is more than a name.
// expected-error @+1 {{g4t.target must be a #g4t.target}}
module attributes {g4t.target = "cpu"} {}

// -----

// expected-error @+1 {{needs exactly one function with a body to tile}}
module attributes {g4t.target = #g4t.target<"cpu", device = "cpu", warp = 1, scratch = 1048576>} {}

// -----

// A declaration has nothing to tile.
// expected-error @+1 {{needs exactly one function with a body to tile}}
module attributes {g4t.target = #g4t.target<"cpu", device = "cpu", warp = 1, scratch = 1048576>} {
  func.func private @step(tensor<?xi32>, tensor<?xi32>, tensor<?xi32>)
}

// -----

module attributes {g4t.target = #g4t.target<"cpu", device = "cpu", warp = 1, scratch = 1048576>} {
  // expected-error @+1 {{must take token ids, positions and output rows, each tensor<?xi32>}}
  func.func @step(%ids: tensor<?xi32>, %p: tensor<?xi32>) {
    return
  }
}

// -----

// Weights are symbols, not arguments.
module attributes {g4t.target = #g4t.target<"cpu", device = "cpu", warp = 1, scratch = 1048576>} {
  // expected-error @+1 {{must take token ids, positions and output rows, each tensor<?xi32>}}
  func.func @step(%ids: tensor<?xi32>, %p: tensor<?xi32>, %w: !g4q.weight<[4, 4], <f32>>) {
    return
  }
}

// -----

// An op that no fusion took has no kernel.
module attributes {g4t.target = #g4t.target<"cpu", device = "cpu", warp = 1, scratch = 1048576>} {
  g4.weight @e : !g4q.weight<[8, 4], <f32>> parts ["m.e"]
  func.func @step(%ids: tensor<?xi32>, %p: tensor<?xi32>, %rows: tensor<?xi32>) -> tensor<?x4xf32> {
    %t = g4.use @e : !g4q.weight<[8, 4], <f32>>
    %x = g4.embed %ids, %t {scale = 1.0 : f32} : tensor<?xi32>, !g4q.weight<[8, 4], <f32>> -> tensor<?x4xf32>
    // expected-error @+1 {{has no kernel: it was not fused}}
    %0 = g4.add %x, %x : tensor<?x4xf32>
    return %0 : tensor<?x4xf32>
  }
}

// -----

// The host fills one array of token ids.
module attributes {g4t.target = #g4t.target<"cpu", device = "cpu", warp = 1, scratch = 1048576>} {
  g4.weight @e : !g4q.weight<[8, 4], <f32>> parts ["m.e"]
  func.func @step(%ids: tensor<?xi32>, %p: tensor<?xi32>, %rows: tensor<?xi32>) -> tensor<?x4xf32> {
    %t = g4.use @e : !g4q.weight<[8, 4], <f32>>
    // expected-error @+1 {{must read the function's token ids}}
    %x = g4.embed %p, %t {scale = 1.0 : f32} : tensor<?xi32>, !g4q.weight<[8, 4], <f32>> -> tensor<?x4xf32>
    return %x : tensor<?x4xf32>
  }
}

// -----

// ... and one of positions.
module attributes {g4t.target = #g4t.target<"cpu", device = "cpu", warp = 1, scratch = 1048576>} {
  g4.weight @e : !g4q.weight<[8, 16], <f32>> parts ["m.e"]
  g4.weight @n : !g4q.weight<[8], <f32>> parts ["m.n"]
  g4.weight @f : !g4q.weight<[4], <f32>> values dense<1.0> : tensor<4xf32>
  func.func @step(%ids: tensor<?xi32>, %p: tensor<?xi32>, %rows: tensor<?xi32>) -> tensor<?x2x8xf32> {
    %t = g4.use @e : !g4q.weight<[8, 16], <f32>>
    %n = g4.use @n : !g4q.weight<[8], <f32>>
    %f = g4.use @f : !g4q.weight<[4], <f32>>
    %x = g4.embed %ids, %t {scale = 1.0 : f32} : tensor<?xi32>, !g4q.weight<[8, 16], <f32>> -> tensor<?x16xf32>
    // expected-error @+1 {{must read the function's positions}}
    %q = g4.qkv_prepare %x, %rows, %f, %n {epsilon = 1.0 : f32} : (tensor<?x16xf32>, tensor<?xi32>, !g4q.weight<[4], <f32>>, !g4q.weight<[8], <f32>>) -> tensor<?x2x8xf32>
    return %q : tensor<?x2x8xf32>
  }
}

// -----

// ... and one of the rows that are sampled from.
module attributes {g4t.target = #g4t.target<"cpu", device = "cpu", warp = 1, scratch = 1048576>} {
  g4.weight @e : !g4q.weight<[8, 4], <f32>> parts ["m.e"]
  func.func @step(%ids: tensor<?xi32>, %p: tensor<?xi32>, %rows: tensor<?xi32>) -> tensor<?x8xf32> {
    %t = g4.use @e : !g4q.weight<[8, 4], <f32>>
    %x = g4.embed %ids, %t {scale = 1.0 : f32} : tensor<?xi32>, !g4q.weight<[8, 4], <f32>> -> tensor<?x4xf32>
    %o = g4.take_rows %x, %p : tensor<?x4xf32>, tensor<?xi32> -> tensor<?x4xf32>
    // expected-error @+1 {{rows can only be taken by the output rows}}
    %y = g4.fused_linear %o, %t none : (tensor<?x4xf32>, !g4q.weight<[8, 4], <f32>>) -> tensor<?x8xf32>
    return %y : tensor<?x8xf32>
  }
}
