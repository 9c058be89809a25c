// RUN: g4-opt %s -split-input-file -g4-fuse-router -verify-diagnostics | FileCheck %s

// Norm, scale, logits, top-k and the scale per expert become one op.
// CHECK-LABEL: func @whole
// CHECK-SAME: (%[[X:.*]]: tensor<?x4xf32>, %[[S:.*]]: !g4q.weight<[4], <f32>>, %[[P:.*]]: !g4q.weight<[8, 4], <f32>>, %[[E:.*]]: !g4q.weight<[8], <f32>>)
// CHECK-NEXT: %[[WT:.*]], %[[I:.*]] = g4.router %[[X]], %[[S]], %[[P]], %[[E]] {epsilon = 1.000000e+00 : f32, factor = 5.000000e-01 : f32}
// CHECK-NEXT: return %[[WT]], %[[I]]
func.func @whole(%x: tensor<?x4xf32>, %s: !g4q.weight<[4], <f32>>, %p: !g4q.weight<[8, 4], <f32>>, %e: !g4q.weight<[8], <f32>>) -> (tensor<?x2xf32>, tensor<?x2xi32>) {
  %n = g4.rms_norm %x {epsilon = 1.0 : f32} : tensor<?x4xf32> -> tensor<?x4xf32>
  %r = g4.scale %n, %s {factor = 0.5 : f32} : tensor<?x4xf32>, !g4q.weight<[4], <f32>> -> tensor<?x4xf32>
  %l = g4.linear %r, %p : tensor<?x4xf32>, !g4q.weight<[8, 4], <f32>> -> tensor<?x8xf32>
  %w, %i = g4.top_k %l : tensor<?x8xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
  %y = g4.expert_scale %w, %i, %e : tensor<?x2xf32>, tensor<?x2xi32>, !g4q.weight<[8], <f32>> -> tensor<?x2xf32>
  return %y, %i : tensor<?x2xf32>, tensor<?x2xi32>
}

// -----

// What it drops stays with it.
// CHECK-LABEL: func @skips
// CHECK: g4.router {{.*}}skip_below = 2.500000e-01 : f32}
func.func @skips(%x: tensor<?x4xf32>, %s: !g4q.weight<[4], <f32>>, %p: !g4q.weight<[8, 4], <f32>>, %e: !g4q.weight<[8], <f32>>) -> (tensor<?x2xf32>, tensor<?x2xi32>) {
  %n = g4.rms_norm %x {epsilon = 1.0 : f32} : tensor<?x4xf32> -> tensor<?x4xf32>
  %r = g4.scale %n, %s {factor = 0.5 : f32} : tensor<?x4xf32>, !g4q.weight<[4], <f32>> -> tensor<?x4xf32>
  %l = g4.linear %r, %p : tensor<?x4xf32>, !g4q.weight<[8, 4], <f32>> -> tensor<?x8xf32>
  %w, %i = g4.top_k %l {skip_below = 0.25 : f32} : tensor<?x8xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
  %y = g4.expert_scale %w, %i, %e : tensor<?x2xf32>, tensor<?x2xi32>, !g4q.weight<[8], <f32>> -> tensor<?x2xf32>
  return %y, %i : tensor<?x2xf32>, tensor<?x2xi32>
}

// -----

// Logits of the bare input are not the router's.
// CHECK-LABEL: func @no_scale
// CHECK: g4.top_k
// CHECK-NOT: g4.router
func.func @no_scale(%x: tensor<?x4xf32>, %p: !g4q.weight<[8, 4], <f32>>, %e: !g4q.weight<[8], <f32>>) -> (tensor<?x2xf32>, tensor<?x2xi32>) {
  %l = g4.linear %x, %p : tensor<?x4xf32>, !g4q.weight<[8, 4], <f32>> -> tensor<?x8xf32>
  // expected-remark @+1 {{router not fused: the logits are not a linear of a scaled norm}}
  %w, %i = g4.top_k %l : tensor<?x8xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
  %y = g4.expert_scale %w, %i, %e : tensor<?x2xf32>, tensor<?x2xi32>, !g4q.weight<[8], <f32>> -> tensor<?x2xf32>
  return %y, %i : tensor<?x2xf32>, tensor<?x2xi32>
}

// -----

// A norm with a weight of its own is another function.
// CHECK-LABEL: func @norm_weight
// CHECK-NOT: g4.router
func.func @norm_weight(%x: tensor<?x4xf32>, %s: !g4q.weight<[4], <f32>>, %p: !g4q.weight<[8, 4], <f32>>, %e: !g4q.weight<[8], <f32>>) -> (tensor<?x2xf32>, tensor<?x2xi32>) {
  %n = g4.rms_norm %x, %s {epsilon = 1.0 : f32} : tensor<?x4xf32>, !g4q.weight<[4], <f32>> -> tensor<?x4xf32>
  %r = g4.scale %n, %s {factor = 0.5 : f32} : tensor<?x4xf32>, !g4q.weight<[4], <f32>> -> tensor<?x4xf32>
  %l = g4.linear %r, %p : tensor<?x4xf32>, !g4q.weight<[8, 4], <f32>> -> tensor<?x8xf32>
  // expected-remark @+1 {{router not fused: the logits are not a linear of a scaled norm}}
  %w, %i = g4.top_k %l : tensor<?x8xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
  %y = g4.expert_scale %w, %i, %e : tensor<?x2xf32>, tensor<?x2xi32>, !g4q.weight<[8], <f32>> -> tensor<?x2xf32>
  return %y, %i : tensor<?x2xf32>, tensor<?x2xi32>
}

// -----

// Logits that someone looks at must exist.
// CHECK-LABEL: func @readers
// CHECK-NOT: g4.router
func.func @readers(%x: tensor<?x4xf32>, %s: !g4q.weight<[4], <f32>>, %p: !g4q.weight<[8, 4], <f32>>, %e: !g4q.weight<[8], <f32>>) -> (tensor<?x2xf32>, tensor<?x2xi32>) {
  %n = g4.rms_norm %x {epsilon = 1.0 : f32} : tensor<?x4xf32> -> tensor<?x4xf32>
  %r = g4.scale %n, %s {factor = 0.5 : f32} : tensor<?x4xf32>, !g4q.weight<[4], <f32>> -> tensor<?x4xf32>
  %l = g4.linear %r, %p : tensor<?x4xf32>, !g4q.weight<[8, 4], <f32>> -> tensor<?x8xf32>
  g4.tap "logits", %l : tensor<?x8xf32>
  // expected-remark @+1 {{router not fused: a step in between has other readers}}
  %w, %i = g4.top_k %l : tensor<?x8xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
  %y = g4.expert_scale %w, %i, %e : tensor<?x2xf32>, tensor<?x2xi32>, !g4q.weight<[8], <f32>> -> tensor<?x2xf32>
  return %y, %i : tensor<?x2xf32>, tensor<?x2xi32>
}

// -----

// Without the scale per expert there is nothing to end the kernel with.
// CHECK-LABEL: func @no_expert_scale
// CHECK-NOT: g4.router
func.func @no_expert_scale(%x: tensor<?x4xf32>, %s: !g4q.weight<[4], <f32>>, %p: !g4q.weight<[8, 4], <f32>>) -> (tensor<?x2xf32>, tensor<?x2xi32>) {
  %n = g4.rms_norm %x {epsilon = 1.0 : f32} : tensor<?x4xf32> -> tensor<?x4xf32>
  %r = g4.scale %n, %s {factor = 0.5 : f32} : tensor<?x4xf32>, !g4q.weight<[4], <f32>> -> tensor<?x4xf32>
  %l = g4.linear %r, %p : tensor<?x4xf32>, !g4q.weight<[8, 4], <f32>> -> tensor<?x8xf32>
  // expected-remark @+1 {{router not fused: the weights are not scaled per expert}}
  %w, %i = g4.top_k %l : tensor<?x8xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
  return %w, %i : tensor<?x2xf32>, tensor<?x2xi32>
}

// -----

// Weights that are scaled by the scales of other experts are not the router's.
// CHECK-LABEL: func @other_experts
// CHECK-NOT: g4.router
func.func @other_experts(%x: tensor<?x4xf32>, %o: tensor<?x2xi32>, %s: !g4q.weight<[4], <f32>>, %p: !g4q.weight<[8, 4], <f32>>, %e: !g4q.weight<[8], <f32>>) -> (tensor<?x2xf32>, tensor<?x2xi32>) {
  %n = g4.rms_norm %x {epsilon = 1.0 : f32} : tensor<?x4xf32> -> tensor<?x4xf32>
  %r = g4.scale %n, %s {factor = 0.5 : f32} : tensor<?x4xf32>, !g4q.weight<[4], <f32>> -> tensor<?x4xf32>
  %l = g4.linear %r, %p : tensor<?x4xf32>, !g4q.weight<[8, 4], <f32>> -> tensor<?x8xf32>
  // expected-remark @+1 {{router not fused: the weights are not scaled per expert}}
  %w, %i = g4.top_k %l : tensor<?x8xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
  %y = g4.expert_scale %w, %o, %e : tensor<?x2xf32>, tensor<?x2xi32>, !g4q.weight<[8], <f32>> -> tensor<?x2xf32>
  return %y, %i : tensor<?x2xf32>, tensor<?x2xi32>
}

// -----

// The experts are there only where the weights are: nothing may need them before.
// CHECK-LABEL: func @early_reader
// CHECK-NOT: g4.router
func.func @early_reader(%x: tensor<?x4xf32>, %s: !g4q.weight<[4], <f32>>, %p: !g4q.weight<[8, 4], <f32>>, %e: !g4q.weight<[8], <f32>>) -> (tensor<?x2xf32>, tensor<?x2xi32>) {
  %n = g4.rms_norm %x {epsilon = 1.0 : f32} : tensor<?x4xf32> -> tensor<?x4xf32>
  %r = g4.scale %n, %s {factor = 0.5 : f32} : tensor<?x4xf32>, !g4q.weight<[4], <f32>> -> tensor<?x4xf32>
  %l = g4.linear %r, %p : tensor<?x4xf32>, !g4q.weight<[8, 4], <f32>> -> tensor<?x8xf32>
  // expected-remark @+1 {{router not fused: the experts are read before the weights are scaled}}
  %w, %i = g4.top_k %l : tensor<?x8xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
  g4.tap "experts", %i : tensor<?x2xi32>
  %y = g4.expert_scale %w, %i, %e : tensor<?x2xf32>, tensor<?x2xi32>, !g4q.weight<[8], <f32>> -> tensor<?x2xf32>
  return %y, %i : tensor<?x2xf32>, tensor<?x2xi32>
}
