// RUN: g4-opt %s -g4-quantize-weights=weights=bf16 | FileCheck %s --check-prefixes=CHECK,BF16
// RUN: g4-opt %s -g4-quantize-weights=weights=f32 | FileCheck %s --check-prefixes=CHECK,F32
// RUN: g4-opt %s -g4-quantize-weights | FileCheck %s --check-prefixes=CHECK,BF16
// RUN: not g4-opt %s -g4-quantize-weights=weights=f64 2>&1 | FileCheck %s --check-prefix=ERROR

// A format that the pass does not know is an error, with or without weights to store.
// ERROR: error: weights must be one of f32, bf16, {{.*}}int4, {{.*}} got f64

// A matrix gets the format of the option, and so do its readers.
// BF16: g4.weight @q : !g4q.weight<[8, 4], <bf16>> parts ["m.q"]
// F32: g4.weight @q : !g4q.weight<[8, 4], <f32>> parts ["m.q"]
g4.weight @q : !g4q.weight<[8, 4], <f32>> parts ["m.q"]

// Norms stay f32.
// CHECK: g4.weight @norm : !g4q.weight<[4], <f32>> class norm parts ["m.norm"]
g4.weight @norm : !g4q.weight<[4], <f32>> class norm parts ["m.norm"]

// Experts are matrices too; a layout that is there stays.
// BF16: g4.weight @experts : !g4q.weight<[2, 8, 4], <bf16>, <panel = 16, interleave = 1>>
// F32: g4.weight @experts : !g4q.weight<[2, 8, 4], <f32>, <panel = 16, interleave = 1>>
g4.weight @experts : !g4q.weight<[2, 8, 4], <f32>, <panel = 16, interleave = 1>> parts ["m.e"]

// Keys and values are stored as the weights are.
// BF16: g4.kv_cache @kv {dtype = bf16,
// F32: g4.kv_cache @kv {dtype = f32,
g4.kv_cache @kv {dtype = f32, head_dim = 8, num_kv_heads = 1, window = 0}

// CHECK-LABEL: func @readers
func.func @readers(%ids: tensor<?xi32>, %x: tensor<?x4xf32>) -> tensor<?x8xf32> {
  // BF16-NEXT: g4.use @q : <[8, 4], <bf16>>
  // F32-NEXT: g4.use @q : <[8, 4], <f32>>
  %q = g4.use @q : !g4q.weight<[8, 4], <f32>>
  // CHECK-NEXT: g4.use @norm : <[4], <f32>>
  %n = g4.use @norm : !g4q.weight<[4], <f32>>
  // sqrt(2816) = 53.0660 becomes the nearest bf16, 53.0, with a table of bf16.
  // BF16-NEXT: g4.embed %{{.*}}, %{{.*}} {scale = 5.300000e+01 : f32}
  // F32-NEXT: g4.embed %{{.*}}, %{{.*}} {scale = 5.306600e+01 : f32}
  %e = g4.embed %ids, %q {scale = 53.066 : f32} : tensor<?xi32>, !g4q.weight<[8, 4], <f32>> -> tensor<?x4xf32>
  %y = g4.linear %e, %q : tensor<?x4xf32>, !g4q.weight<[8, 4], <f32>> -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// A module for a target has weights of its own: they were chosen before it was made.
// CHECK: module @target
module @target {
  // CHECK-NEXT: g4.weight @q : !g4q.weight<[2, 4], <f32>>
  g4.weight @q : !g4q.weight<[2, 4], <f32>> parts ["m.q"]
  // CHECK-NEXT: g4.weight @only_here
  g4.weight @only_here : !g4q.weight<[2, 4], <f32>> parts ["m.p"]
  func.func @inner(%x: tensor<?x4xf32>) {
    // CHECK: g4.use @only_here : <[2, 4], <f32>>
    %q = g4.use @only_here : !g4q.weight<[2, 4], <f32>>
    return
  }
}
