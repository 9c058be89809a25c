// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK: module attributes {g4t.target = #g4t.target<"x86-64-v3", device = "cpu", warp = 1, scratch = 1048576, features = ["avx2", "fma"]>}
module attributes {g4t.target = #g4t.target<"x86-64-v3", device = "cpu", warp = 1, scratch = 1048576, features = ["avx2", "fma"]>} {}

// A machine may need nothing in particular.
// CHECK: module @bare attributes {g4t.target = #g4t.target<"sm_80", device = "cuda", warp = 32, scratch = 101376>}
module @bare attributes {g4t.target = #g4t.target<"sm_80", device = "cuda", warp = 32, scratch = 101376>} {}

// Dots of integer weights read rows of integers.
// CHECK: module @integers attributes {g4t.target = #g4t.target<"x86-64-v3", device = "cpu", warp = 1, scratch = 1048576, features = ["avx2"], integer_rows = true>}
module @integers attributes {g4t.target = #g4t.target<"x86-64-v3", device = "cpu", warp = 1, scratch = 1048576, features = ["avx2"], integer_rows = true>} {}

// -----

// CHECK: module @matrix attributes {g4t.target = #g4t.target<"gfx942", device = "hip", warp = 64, scratch = 65536, features = ["gfx942"] intrinsic = "mfma_16x16x16">}
module @matrix attributes {g4t.target = #g4t.target<"gfx942", device = "hip", warp = 64, scratch = 65536, features = ["gfx942"] intrinsic = "mfma_16x16x16">} {}

// -----

// expected-error @+1 {{expected '='}}
module attributes {g4t.target = #g4t.target<"x86-64-v3", device "cpu">} {}
