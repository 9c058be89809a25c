// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK: a = #g4q.layout<panel = 0, interleave = 1>, b = #g4q.layout<panel = 16, interleave = 2>, c = #g4q.layout<panel = 16, interleave = 1, mma = 16>
module attributes {test.layouts = {
  a = #g4q.layout<panel = 0, interleave = 1>, b = #g4q.layout<panel = 16, interleave = 2>,
  c = #g4q.layout<panel = 16, interleave = 1, mma = 16>
}} {}

// -----

// expected-error @+1 {{panel must be 0 or a multiple of 8, got 12}}
func.func private @layout_c1() attributes {layout = #g4q.layout<panel = 12, interleave = 1>}

// -----

// expected-error @+1 {{panel must be 0 or a multiple of 8, got -8}}
func.func private @layout_c1_negative() attributes {layout = #g4q.layout<panel = -8, interleave = 1>}

// -----

// expected-error @+1 {{interleave must be 1, 2 or 4, got 3}}
func.func private @layout_c2() attributes {layout = #g4q.layout<panel = 8, interleave = 3>}

// -----

// expected-error @+1 {{rows are not interleaved, got 2}}
func.func private @layout_c2_rows() attributes {layout = #g4q.layout<panel = 0, interleave = 2>}

// -----

// expected-error @+1 {{mma must be 0 or 16, got 8}}
func.func private @layout_c3() attributes {layout = #g4q.layout<panel = 16, interleave = 1, mma = 8>}

// -----

// expected-error @+1 {{mma needs panel 16 and interleave 1, got 16 and 2}}
func.func private @layout_c3_pairs() attributes {layout = #g4q.layout<panel = 16, interleave = 2, mma = 16>}
