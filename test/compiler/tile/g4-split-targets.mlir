// RUN: g4-opt %s -split-input-file -g4-split-targets -verify-diagnostics | FileCheck %s

// Everything moves into one module a target, in the order of the list; facts stay outside.
// CHECK: module attributes {g4.model = {name = "m"}} {
// CHECK-NEXT: module @a attributes {g4t.target = #g4t.target<"a", device = "cpu", warp = 1, scratch = 64>} {
// CHECK-NEXT: g4.weight @w
// CHECK-NEXT: func.func @step
// CHECK-NEXT: return
// CHECK-NEXT: }
// CHECK-NEXT: }
// CHECK-NEXT: module @"b-2" attributes {g4t.target = #g4t.target<"b-2", device = "cpu", warp = 1, scratch = 64, features = ["avx512f"]>} {
// CHECK-NEXT: g4.weight @w
// CHECK-NEXT: func.func @step
// CHECK-NOT: g4t.targets
module attributes {g4.model = {name = "m"}, g4t.targets = [
    #g4t.target<"a", device = "cpu", warp = 1, scratch = 64>,
    #g4t.target<"b-2", device = "cpu", warp = 1, scratch = 64, features = ["avx512f"]>]} {
  g4.weight @w : !g4q.weight<[4], <f32>> parts ["m.w"]
  func.func @step() {
    return
  }
}

// -----

// Without targets there is nothing to split for.
// expected-error @+1 {{needs the attribute g4t.targets, one #g4t.target or more}}
module {}

// -----

// An empty list is no list.
// expected-error @+1 {{needs the attribute g4t.targets, one #g4t.target or more}}
module attributes {g4t.targets = []} {}

// -----

// A name alone says nothing about the machine.
// expected-error @+1 {{needs the attribute g4t.targets, one #g4t.target or more}}
module attributes {g4t.targets = ["x86-64-v3"]} {}
