// RUN: g4-opt %s -g4-quantize-weights=weights=q4 | FileCheck %s --check-prefixes=CHECK,Q4
// RUN: g4-opt %s -g4-quantize-weights=weights=q8 | FileCheck %s --check-prefixes=CHECK,Q8
// RUN: g4-opt %s -g4-quantize-weights=weights=fp8 | FileCheck %s --check-prefixes=CHECK,FP8

// A preset has a format for each class.
// Q4: g4.weight @q : !g4q.weight<[8, 64], <i4, group = 32, scale = f16>>
// Q8: g4.weight @q : !g4q.weight<[8, 64], <i8, group = 32, scale = f16>>
// FP8: g4.weight @q : !g4q.weight<[8, 64], <f8E4M3FN, group = row, scale = f32>>
g4.weight @q : !g4q.weight<[8, 64], <f32>> class attention parts ["m.q"]

// A table that is the head too stays one weight where both have one format.
// Q4: g4.weight @embed : !g4q.weight<[16, 64], <i6, group = 16, scale = f16>> class embedding
// Q8: g4.weight @embed : !g4q.weight<[16, 64], <i8, group = 32, scale = f16>> class embedding
// FP8: g4.weight @embed : !g4q.weight<[16, 64], <bf16>> class embedding
// Where the head has another one it becomes a weight of its own.
// FP8: g4.weight @lm_head : !g4q.weight<[16, 64], <f8E4M3FN, group = row, scale = f32>> class head parts ["m.embed"]
// Q4-NOT: @lm_head
// Q8-NOT: @lm_head
g4.weight @embed : !g4q.weight<[16, 64], <f32>> class embedding parts ["m.embed"]

// CHECK-LABEL: func @tied
func.func @tied(%ids: tensor<?xi32>) -> tensor<?x16xf32> {
  %t = g4.use @embed : !g4q.weight<[16, 64], <f32>>
  %e = g4.embed %ids, %t {scale = 1.0 : f32} : tensor<?xi32>, !g4q.weight<[16, 64], <f32>> -> tensor<?x64xf32>
  // FP8: %[[H:.*]] = g4.use @lm_head : <[16, 64], <f8E4M3FN, group = row, scale = f32>>
  // FP8-NEXT: g4.linear %{{.*}}, %[[H]]
  %h = g4.use @embed : !g4q.weight<[16, 64], <f32>>
  %y = g4.linear %e, %h : tensor<?x64xf32>, !g4q.weight<[16, 64], <f32>> -> tensor<?x16xf32>
  return %y : tensor<?x16xf32>
}
