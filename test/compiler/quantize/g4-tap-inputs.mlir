// RUN: g4-opt %s -g4-tap-inputs | FileCheck %s

g4.weight @up : !g4q.weight<[8, 4], <bf16>> parts ["m.up.weight"]
g4.weight @experts : !g4q.weight<[2, 8, 4], <bf16>> parts ["m.e.0.weight", "m.e.1.weight"]
g4.weight @router : !g4q.weight<[2, 4], <f32>> class router parts ["m.r.weight"]

// CHECK-LABEL: func @readers
// CHECK-SAME: (%[[X:.*]]: tensor<?x4xf32>,
func.func @readers(%x: tensor<?x4xf32>, %e: tensor<?x1xi32>) -> (tensor<?x8xf32>, tensor<?x1x8xf32>, tensor<?x2xf32>) {
  %w = g4.use @up : !g4q.weight<[8, 4], <bf16>>
  %v = g4.use @experts : !g4q.weight<[2, 8, 4], <bf16>>
  %r = g4.use @router : !g4q.weight<[2, 4], <f32>>
  // CHECK: g4.tap "m.up.weight.input", %[[X]]
  // CHECK-NEXT: g4.linear
  %y = g4.linear %x, %w : tensor<?x4xf32>, !g4q.weight<[8, 4], <bf16>> -> tensor<?x8xf32>

  // Experts that are stored one by one go by the first.
  // CHECK-NEXT: g4.tap "m.e.0.weight.input", %[[X]]
  // CHECK-NEXT: g4.expert_linear
  %z = g4.expert_linear %x, %e, %v : tensor<?x4xf32>, tensor<?x1xi32>, !g4q.weight<[2, 8, 4], <bf16>> -> tensor<?x1x8xf32>

  // The router stays f32: nobody chooses a scale for it.
  // CHECK-NEXT: g4.linear
  // CHECK-NOT: g4.tap
  %l = g4.linear %x, %r : tensor<?x4xf32>, !g4q.weight<[2, 4], <f32>> -> tensor<?x2xf32>
  return %y, %z, %l : tensor<?x8xf32>, tensor<?x1x8xf32>, tensor<?x2xf32>
}
