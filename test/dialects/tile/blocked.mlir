// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK: func private @blocked(tensor<4x8xf32, #g4t.blocked<2, 16, vec = 4>>)
func.func private @blocked(tensor<4x8xf32, #g4t.blocked<2, 16, vec = 4>>)

// -----

// expected-error @+1 {{threads and vec must be powers of 2, got 3}}
func.func private @blocked_c1(tensor<4x8xf32, #g4t.blocked<3, 16, vec = 4>>)

// -----

// expected-error @+1 {{threads and vec must be powers of 2, got 0}}
func.func private @blocked_c1_zero(tensor<4x8xf32, #g4t.blocked<2, 0, vec = 4>>)

// -----

// expected-error @+1 {{threads and vec must be powers of 2, got -4}}
func.func private @blocked_c1_vec(tensor<4x8xf32, #g4t.blocked<2, 1, vec = -4>>)
