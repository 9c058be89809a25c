// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK: func private @weight(!g4q.weight<[8], <f32>>, !g4q.weight<[4, 64], <i4, group = 32, scale = f16>>, !g4q.weight<[2, 4, 8], <bf16>, <panel = 16, interleave = 2>>)
func.func private @weight(!g4q.weight<[8], <f32>>, !g4q.weight<[4, 64], <i4, group = 32, scale = f16>>, !g4q.weight<[2, 4, 8], <bf16>, <panel = 16, interleave = 2>>)

// -----

// expected-error @+1 {{a weight has 1 to 3 dimensions, got 4}}
func.func private @weight_c1(!g4q.weight<[1, 2, 3, 4], <f32>>)

// -----

// expected-error @+1 {{dimensions must be positive and have at most 2^40 elements}}
func.func private @weight_c1_zero(!g4q.weight<[4, 0], <f32>>)

// -----

// 2^64 elements: the product does not fit a 64-bit integer.
// expected-error @+1 {{dimensions must be positive and have at most 2^40 elements}}
func.func private @weight_c1_huge(!g4q.weight<[4294967296, 4294967296], <f32>>)

// -----

// expected-error @+1 {{group 32 does not divide the last dimension 48}}
func.func private @weight_c2(!g4q.weight<[4, 48], <i4, group = 32, scale = f16>>)

// -----

// Integers of 4 bits have one order in panels.
// expected-error @+1 {{no packing is known of #g4q.format<i4, group = 32, scale = bf16> in #g4q.layout<panel = 0, interleave = 1>}}
func.func private @weight_c4(!g4q.weight<[16, 64], <i4, group = 32, scale = bf16>, <panel = 0, interleave = 1>>)

// -----

// expected-error @+1 {{no packing is known of #g4q.format<i4, group = 32, scale = f32> in}}
func.func private @weight_c4_scale(!g4q.weight<[16, 64], <i4, group = 32, scale = f32>, <panel = 16, interleave = 2>>)

// -----

// expected-error @+1 {{panels need at least 2 dimensions}}
func.func private @weight_c3(!g4q.weight<[8], <f32>, <panel = 8, interleave = 1>>)
