// RUN: g4-opt %s -split-input-file -g4-fuse-linear -verify-diagnostics | FileCheck %s

// A norm that only the linear reads is computed by it.
// CHECK-LABEL: func @norm
// CHECK-SAME: (%[[X:.*]]: tensor<?x4xf32>, %[[N:.*]]: !g4q.weight<[4], <f32>>, %[[W:.*]]: !g4q.weight<[8, 4], <f32>>)
// CHECK-NEXT: %[[Y:.*]] = g4.fused_linear %[[X]], %[[W]] norm %[[N]] none {epsilon = 1.000000e+00 : f32}
// CHECK-NEXT: return %[[Y]]
func.func @norm(%x: tensor<?x4xf32>, %n: !g4q.weight<[4], <f32>>, %w: !g4q.weight<[8, 4], <f32>>) -> tensor<?x8xf32> {
  %0 = g4.rms_norm %x, %n {epsilon = 1.0 : f32} : tensor<?x4xf32>, !g4q.weight<[4], <f32>> -> tensor<?x4xf32>
  %1 = g4.linear %0, %w : tensor<?x4xf32>, !g4q.weight<[8, 4], <f32>> -> tensor<?x8xf32>
  return %1 : tensor<?x8xf32>
}

// -----

// The two halves of a merged gate and up become the epilogue, in either order of the slices.
// CHECK-LABEL: func @gated
// CHECK-NEXT: %[[Y:.*]] = g4.fused_linear %{{.*}}, %{{.*}} gelu_gated : ({{.*}}) -> tensor<?x4xf32>
// CHECK-NEXT: return %[[Y]]
func.func @gated(%x: tensor<?x4xf32>, %w: !g4q.weight<[8, 4], <f32>>) -> tensor<?x4xf32> {
  %z = g4.linear %x, %w : tensor<?x4xf32>, !g4q.weight<[8, 4], <f32>> -> tensor<?x8xf32>
  %u = g4.slice %z {offset = 4} : tensor<?x8xf32> -> tensor<?x4xf32>
  %g = g4.slice %z {offset = 0} : tensor<?x8xf32> -> tensor<?x4xf32>
  %y = g4.gelu_mul %g, %u : tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// -----

// Where the gate comes second the halves are no gated linear.
// CHECK-LABEL: func @swapped
// CHECK: g4.fused_linear %{{.*}}, %{{.*}} none
// CHECK: g4.gelu_mul
func.func @swapped(%x: tensor<?x4xf32>, %w: !g4q.weight<[8, 4], <f32>>) -> tensor<?x4xf32> {
  %z = g4.linear %x, %w : tensor<?x4xf32>, !g4q.weight<[8, 4], <f32>> -> tensor<?x8xf32>
  %u = g4.slice %z {offset = 0} : tensor<?x8xf32> -> tensor<?x4xf32>
  %g = g4.slice %z {offset = 4} : tensor<?x8xf32> -> tensor<?x4xf32>
  %y = g4.gelu_mul %g, %u : tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// -----

// A gate that multiplies another value: the per-layer input.
// CHECK-LABEL: func @times
// CHECK-SAME: %[[U:[a-z0-9]+]]: tensor<?x8xf32>
// CHECK-NEXT: g4.fused_linear %{{.*}}, %{{.*}} up %[[U]] gelu_times
// CHECK-NEXT: return
func.func @times(%x: tensor<?x4xf32>, %u: tensor<?x8xf32>, %w: !g4q.weight<[8, 4], <f32>>) -> tensor<?x8xf32> {
  %z = g4.linear %x, %w : tensor<?x4xf32>, !g4q.weight<[8, 4], <f32>> -> tensor<?x8xf32>
  %y = g4.gelu_mul %z, %u : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

// A linear that is the factor, not the gate, keeps its result.
// CHECK-LABEL: func @factor
// CHECK: g4.fused_linear %{{.*}}, %{{.*}} none
// CHECK-NEXT: g4.gelu_mul
func.func @factor(%x: tensor<?x4xf32>, %u: tensor<?x8xf32>, %w: !g4q.weight<[8, 4], <f32>>) -> tensor<?x8xf32> {
  %z = g4.linear %x, %w : tensor<?x4xf32>, !g4q.weight<[8, 4], <f32>> -> tensor<?x8xf32>
  %y = g4.gelu_mul %u, %z : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

// The cap of the logits.
// CHECK-LABEL: func @softcap
// CHECK-NEXT: g4.fused_linear %{{.*}}, %{{.*}} softcap {cap = 3.000000e+01 : f32}
// CHECK-NEXT: return
func.func @softcap(%x: tensor<?x4xf32>, %w: !g4q.weight<[8, 4], <f32>>) -> tensor<?x8xf32> {
  %z = g4.linear %x, %w : tensor<?x4xf32>, !g4q.weight<[8, 4], <f32>> -> tensor<?x8xf32>
  %y = g4.softcap %z {cap = 30.0 : f32} : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

// Experts: the weight is chosen per row and place, the epilogue is the same.
// CHECK-LABEL: func @experts
// CHECK-SAME: %[[E:[a-z0-9]+]]: tensor<?x2xi32>
// CHECK-NEXT: g4.fused_linear %{{.*}}, %{{.*}} norm %{{.*}} experts %[[E]] gelu_gated {epsilon = 1.000000e+00 : f32} : ({{.*}}) -> tensor<?x2x4xf32>
// CHECK-NEXT: return
func.func @experts(%x: tensor<?x4xf32>, %e: tensor<?x2xi32>, %n: !g4q.weight<[4], <f32>>, %w: !g4q.weight<[3, 8, 4], <f32>>) -> tensor<?x2x4xf32> {
  %0 = g4.rms_norm %x, %n {epsilon = 1.0 : f32} : tensor<?x4xf32>, !g4q.weight<[4], <f32>> -> tensor<?x4xf32>
  %z = g4.expert_linear %0, %e, %w : tensor<?x4xf32>, tensor<?x2xi32>, !g4q.weight<[3, 8, 4], <f32>> -> tensor<?x2x8xf32>
  %g = g4.slice %z {offset = 0} : tensor<?x2x8xf32> -> tensor<?x2x4xf32>
  %u = g4.slice %z {offset = 4} : tensor<?x2x8xf32> -> tensor<?x2x4xf32>
  %y = g4.gelu_mul %g, %u : tensor<?x2x4xf32>
  return %y : tensor<?x2x4xf32>
}

// -----

// A norm with two readers stays: fusing would compute it twice.
// CHECK-LABEL: func @shared_norm
// CHECK: %[[N:.*]] = g4.rms_norm
// CHECK-NEXT: g4.fused_linear %[[N]], %{{.*}} none
// CHECK-NEXT: g4.fused_linear %[[N]], %{{.*}} none
func.func @shared_norm(%x: tensor<?x4xf32>, %n: !g4q.weight<[4], <f32>>, %w: !g4q.weight<[8, 4], <f32>>) -> (tensor<?x8xf32>, tensor<?x8xf32>) {
  %0 = g4.rms_norm %x, %n {epsilon = 1.0 : f32} : tensor<?x4xf32>, !g4q.weight<[4], <f32>> -> tensor<?x4xf32>
  // expected-remark @+1 {{the norm before it is not fused: it has 2 readers}}
  %1 = g4.linear %0, %w : tensor<?x4xf32>, !g4q.weight<[8, 4], <f32>> -> tensor<?x8xf32>
  // expected-remark @+1 {{the norm before it is not fused: it has 2 readers}}
  %2 = g4.linear %0, %w : tensor<?x4xf32>, !g4q.weight<[8, 4], <f32>> -> tensor<?x8xf32>
  return %1, %2 : tensor<?x8xf32>, tensor<?x8xf32>
}

// -----

// A result with another reader is stored as it is.
// CHECK-LABEL: func @tapped
// CHECK: %[[Z:.*]] = g4.fused_linear %{{.*}}, %{{.*}} none
// CHECK-NEXT: g4.tap "z", %[[Z]]
// CHECK-NEXT: g4.softcap %[[Z]]
func.func @tapped(%x: tensor<?x4xf32>, %w: !g4q.weight<[8, 4], <f32>>) -> tensor<?x8xf32> {
  %z = g4.linear %x, %w : tensor<?x4xf32>, !g4q.weight<[8, 4], <f32>> -> tensor<?x8xf32>
  g4.tap "z", %z : tensor<?x8xf32>
  %y = g4.softcap %z {cap = 30.0 : f32} : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
