// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// A weight with the tensors it is made of, one with computed values.
// CHECK: g4.weight @qkv : !g4q.weight<[8, 4], <f32>> class attention parts ["m.q", "m.k"]
g4.weight @qkv : !g4q.weight<[8, 4], <f32>> class attention parts ["m.q", "m.k"]
// CHECK: g4.weight @random : !g4q.weight<[8, 4], <f32>> parts ["m.q"] {synthetic = array<f32: 0.000000e+00, 5.000000e-01>}
g4.weight @random : !g4q.weight<[8, 4], <f32>> parts ["m.q"] {synthetic = array<f32: 0.0, 0.5>}
// CHECK: g4.weight @freqs : !g4q.weight<[2], <f32>> values dense<[1.000000e+00, 5.000000e-01]> : tensor<2xf32>
g4.weight @freqs : !g4q.weight<[2], <f32>> values dense<[1.0, 0.5]> : tensor<2xf32>

// -----

// expected-error @+1 {{needs either parts or values}}
g4.weight @weight_op_c1 : !g4q.weight<[2], <f32>>

// -----

// expected-error @+1 {{needs either parts or values}}
g4.weight @weight_op_c1_both : !g4q.weight<[2], <f32>> parts ["m.q"] values dense<1.0> : tensor<2xf32>

// -----

// expected-error @+1 {{parts must not be empty}}
g4.weight @weight_op_c1_empty : !g4q.weight<[2], <f32>> parts []

// -----

// expected-error @+1 {{values must be f32 of the shape of '!g4q.weight<[2], <f32>>', got 'tensor<3xf32>'}}
g4.weight @weight_op_c2 : !g4q.weight<[2], <f32>> values dense<1.0> : tensor<3xf32>

// -----

// expected-error @+1 {{values must be f32 of the shape of '!g4q.weight<[2], <f32>>', got 'tensor<2xi32>'}}
g4.weight @weight_op_c2_dtype : !g4q.weight<[2], <f32>> values dense<1> : tensor<2xi32>

// -----

// expected-error @+1 {{type must be a !g4q.weight, got 'tensor<2xf32>'}}
g4.weight @weight_op_c3 : tensor<2xf32> parts ["m.q"]

// -----

// expected-error @+1 {{synthetic needs parts and two f32}}
g4.weight @weight_op_c4 : !g4q.weight<[2], <f32>> parts ["m.q"] {synthetic = array<f32: 1.0>}

// -----

// expected-error @+1 {{synthetic needs parts and two f32}}
g4.weight @weight_op_c4_values : !g4q.weight<[1], <f32>> values dense<1.0> : tensor<1xf32> {synthetic = array<f32: 0.0, 1.0>}

// -----

// What phases tell the packer.
// CHECK: g4.weight @padded : !g4q.weight<[2, 32, 4], <f32>> class experts parts ["m.e"] {part_rows = array<i64: 20>, segments = 2 : i64, source_rows = 20 : i64}
g4.weight @padded : !g4q.weight<[2, 32, 4], <f32>> class experts parts ["m.e"] {part_rows = array<i64: 20>, segments = 2 : i64, source_rows = 20 : i64}

// -----

// expected-error @+1 {{part_rows needs a positive number for each part}}
g4.weight @weight_op_c5 : !g4q.weight<[8, 4], <f32>> parts ["m.q", "m.k"] {part_rows = array<i64: 8>}

// -----

// expected-error @+1 {{part_rows needs a positive number for each part}}
g4.weight @weight_op_c5_zero : !g4q.weight<[8, 4], <f32>> parts ["m.q", "m.k"] {part_rows = array<i64: 8, 0>}

// -----

// expected-error @+1 {{segments must divide the rows of a matrix and source_rows, got 3 of 8 and 8}}
g4.weight @weight_op_c6 : !g4q.weight<[8, 4], <f32>> parts ["m.q"] {segments = 3 : i64}

// -----

// expected-error @+1 {{got 1 of 8 and 9}}
g4.weight @weight_op_c6_more : !g4q.weight<[8, 4], <f32>> parts ["m.q"] {source_rows = 9 : i64}

// -----

// expected-error @+2 {{no class of weights is named wheels}}
// expected-error @+1 {{failed to parse G4_WeightClassAttr}}
g4.weight @unknown_class : !g4q.weight<[8, 4], <f32>> class wheels parts ["m.q"]
