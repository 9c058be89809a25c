// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK: a = #g4q.format<f32>, b = #g4q.format<bf16>
// CHECK-SAME: c = #g4q.format<i4, group = 32, scale = f16>, d = #g4q.format<i8, group = 128, scale = bf16>
// CHECK-SAME: e = #g4q.format<i4, group = 32, scale = f16, minimum>, f = #g4q.format<f8E4M3FN, group = row, scale = f32>, g = #g4q.format<f16>
module attributes {test.formats = {
  a = #g4q.format<f32>, b = #g4q.format<bf16>,
  c = #g4q.format<i4, group = 32, scale = f16>, d = #g4q.format<i8, group = 128, scale = bf16>,
  e = #g4q.format<i4, group = 32, scale = f16, minimum>, f = #g4q.format<f8E4M3FN, group = row, scale = f32>,
  g = #g4q.format<f16>
}} {}

// -----

// expected-error @+1 {{a plain format is f32, bf16 or f16, got 'f64'}}
func.func private @format_c1() attributes {format = #g4q.format<f64>}

// -----

// Integers without a scale say nothing.
// expected-error @+1 {{a plain format is f32, bf16 or f16, got 'i8'}}
func.func private @format_c1_integer() attributes {format = #g4q.format<i8>}

// -----

// expected-error @+1 {{a grouped format is i4, i6, i8 or f8E4M3FN, got 'f32'}}
func.func private @format_c2() attributes {format = #g4q.format<f32, group = 32, scale = f16>}

// -----

// expected-error @+1 {{group must be row or a multiple of 16, got 24}}
func.func private @format_c2_group() attributes {format = #g4q.format<i4, group = 24, scale = f16>}

// -----

// expected-error @+1 {{group must be row or a multiple of 16, got -16}}
func.func private @format_c2_negative() attributes {format = #g4q.format<i4, group = -16, scale = f16>}

// -----

// expected-error @+1 {{scale must be f16, bf16 or f32}}
func.func private @format_c2_scale() attributes {format = #g4q.format<i4, group = 32, scale = i8>}
