// RUN: g4-opt %s -split-input-file -g4-fuse-rows -verify-diagnostics | FileCheck %s

// A norm and the residual sum after it: one op, at the place of the last.
// CHECK-LABEL: func @residual
// CHECK-SAME: (%[[Y:.*]]: tensor<?x4xf32>, %[[W:.*]]: !g4q.weight<[4], <f32>>, %[[H:.*]]: tensor<?x4xf32>)
// CHECK-NEXT: %[[R:.*]] = g4.rows(%[[Y]], %[[W]], %[[H]]) : {{.*}} -> tensor<?x4xf32> {
// CHECK-NEXT: ^bb0(%[[A:.*]]: tensor<?x4xf32>, %[[B:.*]]: !g4q.weight<[4], <f32>>, %[[C:.*]]: tensor<?x4xf32>):
// CHECK-NEXT:   %[[N:.*]] = g4.rms_norm %[[A]], %[[B]] {epsilon = 1.000000e+00 : f32}
// CHECK-NEXT:   %[[S:.*]] = g4.add %[[C]], %[[N]]
// CHECK-NEXT:   g4.yield %[[S]]
// CHECK-NEXT: }
// CHECK-NEXT: return %[[R]]
func.func @residual(%y: tensor<?x4xf32>, %w: !g4q.weight<[4], <f32>>, %h: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %0 = g4.rms_norm %y, %w {epsilon = 1.0 : f32} : tensor<?x4xf32>, !g4q.weight<[4], <f32>> -> tensor<?x4xf32>
  %1 = g4.add %h, %0 : tensor<?x4xf32>
  return %1 : tensor<?x4xf32>
}

// -----

// What is read inside and outside is yielded as well.
// CHECK-LABEL: func @two_results
// CHECK-NEXT: %[[R:.*]]:2 = g4.rows
// CHECK: g4.yield %{{.*}}, %{{.*}} : tensor<?x4xf32>, tensor<?x4xf32>
// CHECK: return %[[R]]#0, %[[R]]#1
func.func @two_results(%x: tensor<?x4xf32>, %y: tensor<?x4xf32>) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
  %0 = g4.add %x, %y : tensor<?x4xf32>
  %1 = g4.rms_norm %0 {epsilon = 1.0 : f32} : tensor<?x4xf32> -> tensor<?x4xf32>
  return %0, %1 : tensor<?x4xf32>, tensor<?x4xf32>
}

// -----

// The weighted sum of experts joins the ops on its result.
// CHECK-LABEL: func @experts
// CHECK-NEXT: g4.rows
// CHECK: g4.expert_sum
// CHECK-NEXT: g4.scale
// CHECK-NEXT: g4.yield
func.func @experts(%x: tensor<?x2x4xf32>, %w: tensor<?x2xf32>) -> tensor<?x4xf32> {
  %0 = g4.expert_sum %x, %w : tensor<?x2x4xf32>, tensor<?x2xf32> -> tensor<?x4xf32>
  %1 = g4.scale %0 {factor = 2.0 : f32} : tensor<?x4xf32> -> tensor<?x4xf32>
  return %1 : tensor<?x4xf32>
}

// -----

// A linear reads the sum: the group ends there and another begins after it.
// CHECK-LABEL: func @two_groups
// CHECK: %[[A:.*]] = g4.rows
// CHECK: %[[L:.*]] = g4.fused_linear %[[A]]
// CHECK: g4.rows(%[[L]], %[[A]])
func.func @two_groups(%x: tensor<?x4xf32>, %w: !g4q.weight<[4, 4], <f32>>) -> tensor<?x4xf32> {
  %0 = g4.add %x, %x : tensor<?x4xf32>
  %1 = g4.fused_linear %0, %w none : (tensor<?x4xf32>, !g4q.weight<[4, 4], <f32>>) -> tensor<?x4xf32>
  %2 = g4.add %1, %0 : tensor<?x4xf32>
  return %2 : tensor<?x4xf32>
}

// -----

// An op in between that reads nothing of the group does not end it.
// CHECK-LABEL: func @around
// CHECK: %[[L:.*]] = g4.fused_linear
// CHECK-NEXT: g4.rows(%arg0, %[[L]])
// CHECK: g4.add
// CHECK-NEXT: g4.add
func.func @around(%x: tensor<?x4xf32>, %w: !g4q.weight<[4, 4], <f32>>) -> tensor<?x4xf32> {
  %0 = g4.add %x, %x : tensor<?x4xf32>
  %1 = g4.fused_linear %x, %w none : (tensor<?x4xf32>, !g4q.weight<[4, 4], <f32>>) -> tensor<?x4xf32>
  %2 = g4.add %1, %0 : tensor<?x4xf32>
  return %2 : tensor<?x4xf32>
}

// -----

// Rows of another length are another kernel's.
// CHECK-LABEL: func @lengths
// CHECK-COUNT-2: g4.rows
func.func @lengths(%x: tensor<?x4xf32>, %y: tensor<?x2x8xf32>) -> (tensor<?x4xf32>, tensor<?x2x8xf32>) {
  %0 = g4.add %x, %x : tensor<?x4xf32>
  %1 = g4.add %y, %y : tensor<?x2x8xf32>
  return %0, %1 : tensor<?x4xf32>, tensor<?x2x8xf32>
}

// -----

// Ops that nobody reads have no kernel.
// CHECK-LABEL: func @dead
// CHECK-NEXT: return
func.func @dead(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %0 = g4.add %x, %x : tensor<?x4xf32>
  return %x : tensor<?x4xf32>
}

// -----

// Ops that are no row ops stay as they are.
// CHECK-LABEL: func @others
// CHECK-NEXT: g4.softcap
// CHECK-NEXT: return
func.func @others(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %0 = g4.softcap %x {cap = 30.0 : f32} : tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}
