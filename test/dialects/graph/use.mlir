// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

g4.weight @w : !g4q.weight<[4], <f32>> parts ["m.w"]
// CHECK-LABEL: func @use
func.func @use() -> !g4q.weight<[4], <f32>> {
  // CHECK: g4.use @w : <[4], <f32>>
  %0 = g4.use @w : !g4q.weight<[4], <f32>>
  return %0 : !g4q.weight<[4], <f32>>
}

// -----

func.func @use_c1() {
  // expected-error @+1 {{no g4.weight is named @w}}
  %0 = g4.use @w : !g4q.weight<[4], <f32>>
  return
}

// -----

g4.weight @w : !g4q.weight<[4], <bf16>> parts ["m.w"]
func.func @use_c1_type() {
  // expected-error @+1 {{the weight is of type '!g4q.weight<[4], <bf16>>'}}
  %0 = g4.use @w : !g4q.weight<[4], <f32>>
  return
}
