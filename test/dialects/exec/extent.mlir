// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK: extents = [#g4x.extent<one>, #g4x.extent<tokens mul 2>, #g4x.extent<outputs div 4>, #g4x.extent<query_tiles mul 3 div 5 add 7>]
func.func private @extent() attributes {extents = [#g4x.extent<one>, #g4x.extent<tokens mul 2>, #g4x.extent<outputs div 4>, #g4x.extent<query_tiles mul 3 div 5 add 7>]}

// -----

// expected-error @+1 {{needs mul > 0, div > 0 and add >= 0, got mul 1, div 0, add 0}}
func.func private @extent_c1() attributes {extent = #g4x.extent<tokens div 0>}

// -----

// expected-error @+1 {{needs mul > 0, div > 0 and add >= 0, got mul -2, div 1, add 0}}
func.func private @extent_c1_mul() attributes {extent = #g4x.extent<tokens mul -2>}

// -----

// expected-error @+1 {{needs mul > 0, div > 0 and add >= 0, got mul 1, div 1, add -1}}
func.func private @extent_c1_add() attributes {extent = #g4x.extent<tokens add -1>}

// -----

// expected-error @+2 {{expected ::g4::exec::StepDim to be one of}}
// expected-error @+1 {{failed to parse}}
func.func private @extent_dim() attributes {extent = #g4x.extent<rows>}
