// RUN: g4-opt %s -split-input-file -g4-merge-linears -verify-diagnostics | FileCheck %s

// Three projections of one value become one, their weights stacked, their results slices.
// CHECK: g4.weight @layers.0.attn.q_k_v : !g4q.weight<[16, 4], <f32>> parts ["m.q", "m.k", "m.v"]
// CHECK-NOT: g4.weight
g4.weight @layers.0.attn.q : !g4q.weight<[8, 4], <f32>> parts ["m.q"]
g4.weight @layers.0.attn.k : !g4q.weight<[4, 4], <f32>> parts ["m.k"]
g4.weight @layers.0.attn.v : !g4q.weight<[4, 4], <f32>> parts ["m.v"]
// CHECK-LABEL: func @three
// CHECK-SAME: (%[[X:.*]]: tensor<?x4xf32>)
func.func @three(%x: tensor<?x4xf32>) -> (tensor<?x8xf32>, tensor<?x4xf32>, tensor<?x4xf32>) {
  // CHECK-NEXT: %[[W:.*]] = g4.use @layers.0.attn.q_k_v
  // CHECK-NEXT: %[[Y:.*]] = g4.linear %[[X]], %[[W]]{{.*}} -> tensor<?x16xf32>
  // CHECK-NEXT: %[[Q:.*]] = g4.slice %[[Y]] {offset = 0 : i64}{{.*}} -> tensor<?x8xf32>
  // CHECK-NEXT: %[[K:.*]] = g4.slice %[[Y]] {offset = 8 : i64}{{.*}} -> tensor<?x4xf32>
  // CHECK-NEXT: %[[V:.*]] = g4.slice %[[Y]] {offset = 12 : i64}{{.*}} -> tensor<?x4xf32>
  // CHECK-NEXT: return %[[Q]], %[[K]], %[[V]]
  %wq = g4.use @layers.0.attn.q : !g4q.weight<[8, 4], <f32>>
  %q = g4.linear %x, %wq : tensor<?x4xf32>, !g4q.weight<[8, 4], <f32>> -> tensor<?x8xf32>
  %wk = g4.use @layers.0.attn.k : !g4q.weight<[4, 4], <f32>>
  %k = g4.linear %x, %wk : tensor<?x4xf32>, !g4q.weight<[4, 4], <f32>> -> tensor<?x4xf32>
  %wv = g4.use @layers.0.attn.v : !g4q.weight<[4, 4], <f32>>
  %v = g4.linear %x, %wv : tensor<?x4xf32>, !g4q.weight<[4, 4], <f32>> -> tensor<?x4xf32>
  return %q, %k, %v : tensor<?x8xf32>, tensor<?x4xf32>, tensor<?x4xf32>
}

// -----

// Parts that are several tensors already are appended as they are.
// CHECK: g4.weight @m.gate_up : !g4q.weight<[12, 4], <bf16>> parts ["m.a", "m.b", "m.c"]
g4.weight @m.gate : !g4q.weight<[8, 4], <bf16>> parts ["m.a", "m.b"]
g4.weight @m.up : !g4q.weight<[4, 4], <bf16>> parts ["m.c"]
func.func @stacked(%x: tensor<?x4xf32>) -> (tensor<?x8xf32>, tensor<?x4xf32>) {
  %wg = g4.use @m.gate : !g4q.weight<[8, 4], <bf16>>
  %wu = g4.use @m.up : !g4q.weight<[4, 4], <bf16>>
  %g = g4.linear %x, %wg : tensor<?x4xf32>, !g4q.weight<[8, 4], <bf16>> -> tensor<?x8xf32>
  %u = g4.linear %x, %wu : tensor<?x4xf32>, !g4q.weight<[4, 4], <bf16>> -> tensor<?x4xf32>
  return %g, %u : tensor<?x8xf32>, tensor<?x4xf32>
}

// -----

// Linears of different values have nothing to share.
// CHECK-LABEL: func @two_values
// CHECK-COUNT-2: g4.linear
// CHECK-NOT: g4.slice
g4.weight @a : !g4q.weight<[4, 4], <f32>> parts ["m.a"]
g4.weight @b : !g4q.weight<[4, 4], <f32>> parts ["m.b"]
func.func @two_values(%x: tensor<?x4xf32>, %y: tensor<?x4xf32>) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
  %wa = g4.use @a : !g4q.weight<[4, 4], <f32>>
  %wb = g4.use @b : !g4q.weight<[4, 4], <f32>>
  %0 = g4.linear %x, %wa : tensor<?x4xf32>, !g4q.weight<[4, 4], <f32>> -> tensor<?x4xf32>
  %1 = g4.linear %y, %wb : tensor<?x4xf32>, !g4q.weight<[4, 4], <f32>> -> tensor<?x4xf32>
  return %0, %1 : tensor<?x4xf32>, tensor<?x4xf32>
}

// -----

// A weight that something else reads keeps its name: a tied embedding.
// CHECK-LABEL: func @tied
// CHECK-COUNT-2: g4.linear
g4.weight @a : !g4q.weight<[4, 4], <f32>> parts ["m.a"]
g4.weight @embed : !g4q.weight<[4, 4], <f32>> parts ["m.e"]
func.func @tied(%x: tensor<?x4xf32>, %ids: tensor<?xi32>) -> (tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>) {
  %t = g4.use @embed : !g4q.weight<[4, 4], <f32>>
  %e = g4.embed %ids, %t {scale = 1.0 : f32} : tensor<?xi32>, !g4q.weight<[4, 4], <f32>> -> tensor<?x4xf32>
  %wa = g4.use @a : !g4q.weight<[4, 4], <f32>>
  %we = g4.use @embed : !g4q.weight<[4, 4], <f32>>
  %0 = g4.linear %x, %wa : tensor<?x4xf32>, !g4q.weight<[4, 4], <f32>> -> tensor<?x4xf32>
  // expected-remark @+1 {{not merged with the linears that read the same value: its weight has other readers}}
  %1 = g4.linear %x, %we : tensor<?x4xf32>, !g4q.weight<[4, 4], <f32>> -> tensor<?x4xf32>
  return %0, %1, %e : tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>
}

// -----

// The other reader may share the g4.use.
// CHECK-LABEL: func @tied_value
// CHECK-COUNT-2: g4.linear
g4.weight @a : !g4q.weight<[4, 4], <f32>> parts ["m.a"]
g4.weight @b : !g4q.weight<[4, 4], <f32>> parts ["m.b"]
func.func @tied_value(%x: tensor<?x4xf32>, %ids: tensor<?xi32>) -> (tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>) {
  %wa = g4.use @a : !g4q.weight<[4, 4], <f32>>
  %e = g4.embed %ids, %wa {scale = 1.0 : f32} : tensor<?xi32>, !g4q.weight<[4, 4], <f32>> -> tensor<?x4xf32>
  %wb = g4.use @b : !g4q.weight<[4, 4], <f32>>
  // expected-remark @+1 {{its weight has other readers}}
  %0 = g4.linear %x, %wa : tensor<?x4xf32>, !g4q.weight<[4, 4], <f32>> -> tensor<?x4xf32>
  %1 = g4.linear %x, %wb : tensor<?x4xf32>, !g4q.weight<[4, 4], <f32>> -> tensor<?x4xf32>
  return %0, %1, %e : tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>
}

// -----

// Values that the compiler computed are not stacked with the checkpoint's.
// CHECK-LABEL: func @computed
// CHECK-COUNT-2: g4.linear
g4.weight @a : !g4q.weight<[1, 2], <f32>> parts ["m.a"]
g4.weight @b : !g4q.weight<[1, 2], <f32>> values dense<1.0> : tensor<1x2xf32>
func.func @computed(%x: tensor<?x2xf32>) -> (tensor<?x1xf32>, tensor<?x1xf32>) {
  %wa = g4.use @a : !g4q.weight<[1, 2], <f32>>
  %wb = g4.use @b : !g4q.weight<[1, 2], <f32>>
  %0 = g4.linear %x, %wa : tensor<?x2xf32>, !g4q.weight<[1, 2], <f32>> -> tensor<?x1xf32>
  // expected-remark @+1 {{its weight does not come from the checkpoint}}
  %1 = g4.linear %x, %wb : tensor<?x2xf32>, !g4q.weight<[1, 2], <f32>> -> tensor<?x1xf32>
  return %0, %1 : tensor<?x1xf32>, tensor<?x1xf32>
}

// -----

// One matrix has one format.
// CHECK-LABEL: func @formats
// CHECK-COUNT-2: g4.linear
g4.weight @a : !g4q.weight<[4, 4], <f32>> parts ["m.a"]
g4.weight @b : !g4q.weight<[4, 4], <bf16>> parts ["m.b"]
func.func @formats(%x: tensor<?x4xf32>) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
  %wa = g4.use @a : !g4q.weight<[4, 4], <f32>>
  %wb = g4.use @b : !g4q.weight<[4, 4], <bf16>>
  %0 = g4.linear %x, %wa : tensor<?x4xf32>, !g4q.weight<[4, 4], <f32>> -> tensor<?x4xf32>
  // expected-remark @+1 {{its weight has another format}}
  %1 = g4.linear %x, %wb : tensor<?x4xf32>, !g4q.weight<[4, 4], <bf16>> -> tensor<?x4xf32>
  return %0, %1 : tensor<?x4xf32>, tensor<?x4xf32>
}

// -----

// Made-up parts of one distribution are one weight of that distribution.
// CHECK: g4.weight @a_ : !g4q.weight<[8, 4], <f32>> parts ["m.a", "m.b"] {part_rows = array<i64: 4, 4>, synthetic = array<f32: 0.000000e+00, 5.000000e-01>}
// CHECK-LABEL: func @synthetic
// CHECK-COUNT-1: g4.linear
g4.weight @a : !g4q.weight<[4, 4], <f32>> parts ["m.a"] {synthetic = array<f32: 0.0, 0.5>}
g4.weight @b : !g4q.weight<[4, 4], <f32>> parts ["m.b"] {synthetic = array<f32: 0.0, 0.5>}
func.func @synthetic(%x: tensor<?x4xf32>) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
  %wa = g4.use @a : !g4q.weight<[4, 4], <f32>>
  %wb = g4.use @b : !g4q.weight<[4, 4], <f32>>
  %0 = g4.linear %x, %wa : tensor<?x4xf32>, !g4q.weight<[4, 4], <f32>> -> tensor<?x4xf32>
  %1 = g4.linear %x, %wb : tensor<?x4xf32>, !g4q.weight<[4, 4], <f32>> -> tensor<?x4xf32>
  return %0, %1 : tensor<?x4xf32>, tensor<?x4xf32>
}

// -----

// CHECK-LABEL: func @distributions
// CHECK-COUNT-2: g4.linear
g4.weight @a : !g4q.weight<[4, 4], <f32>> parts ["m.a"] {synthetic = array<f32: 0.0, 0.5>}
g4.weight @b : !g4q.weight<[4, 4], <f32>> parts ["m.b"] {synthetic = array<f32: 0.0, 1.0>}
func.func @distributions(%x: tensor<?x4xf32>) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
  %wa = g4.use @a : !g4q.weight<[4, 4], <f32>>
  %wb = g4.use @b : !g4q.weight<[4, 4], <f32>>
  %0 = g4.linear %x, %wa : tensor<?x4xf32>, !g4q.weight<[4, 4], <f32>> -> tensor<?x4xf32>
  // expected-remark @+1 {{its weight has another distribution}}
  %1 = g4.linear %x, %wb : tensor<?x4xf32>, !g4q.weight<[4, 4], <f32>> -> tensor<?x4xf32>
  return %0, %1 : tensor<?x4xf32>, tensor<?x4xf32>
}
