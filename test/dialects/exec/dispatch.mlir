// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// A bucket without a kernel launches nothing.
// CHECK-LABEL: func @dispatch
func.func @dispatch(%x: tensor<?x4xf32>) {
  // CHECK: g4x.dispatch "a"(%{{.*}}) {grids_x = [#g4x.extent<tokens>, #g4x.extent<tokens div 4>], grids_y = [#g4x.extent<one>, #g4x.extent<one>], kernels = [@k, unit], params = {{\[\[}}#g4x.operand<0>, #g4x.result<0>], []], result_rows = [#g4x.extent<tokens>]} : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %0 = g4x.dispatch "a"(%x) {kernels = [@k, unit], grids_x = [#g4x.extent<tokens>, #g4x.extent<tokens div 4>], grids_y = [#g4x.extent<one>, #g4x.extent<one>], params = [[#g4x.operand<0>, #g4x.result<0>], []], result_rows = [#g4x.extent<tokens>]} : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @dispatch_c1(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{kernels, grids and params must be equally many}}
  %0 = g4x.dispatch "a"(%x) {kernels = [@k, @l], grids_x = [#g4x.extent<tokens>], grids_y = [#g4x.extent<one>], params = [[]], result_rows = [#g4x.extent<tokens>]} : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @dispatch_c2(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{needs one of result_rows for each result}}
  %0 = g4x.dispatch "a"(%x) {kernels = [@k], grids_x = [#g4x.extent<tokens>], grids_y = [#g4x.extent<one>], params = [[]], result_rows = []} : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @dispatch_c3(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{no such operand or result: #g4x.operand<1>}}
  %0 = g4x.dispatch "a"(%x) {kernels = [@k], grids_x = [#g4x.extent<tokens>], grids_y = [#g4x.extent<one>], params = [[#g4x.operand<1>]], result_rows = [#g4x.extent<tokens>]} : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @dispatch_c3_result(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{no such operand or result: #g4x.result<-1>}}
  %0 = g4x.dispatch "a"(%x) {kernels = [@k], grids_x = [#g4x.extent<tokens>], grids_y = [#g4x.extent<one>], params = [[#g4x.result<-1>]], result_rows = [#g4x.extent<tokens>]} : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @dispatch_c3_array(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{an entry of params must be an array, got #g4x.operand<0>}}
  %0 = g4x.dispatch "a"(%x) {kernels = [@k], grids_x = [#g4x.extent<tokens>], grids_y = [#g4x.extent<one>], params = [#g4x.operand<0>], result_rows = [#g4x.extent<tokens>]} : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @dispatch_c4(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{a kernel must be a symbol or unit, got "k"}}
  %0 = g4x.dispatch "a"(%x) {kernels = ["k"], grids_x = [#g4x.extent<tokens>], grids_y = [#g4x.extent<one>], params = [[]], result_rows = [#g4x.extent<tokens>]} : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @dispatch_c4_grid(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{grids and result_rows must be extents, got 4 : i64}}
  %0 = g4x.dispatch "a"(%x) {kernels = [@k], grids_x = [#g4x.extent<tokens>], grids_y = [4], params = [[]], result_rows = [#g4x.extent<tokens>]} : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @dispatch_c4_rows(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{grids and result_rows must be extents, got unit}}
  %0 = g4x.dispatch "a"(%x) {kernels = [@k], grids_x = [#g4x.extent<tokens>], grids_y = [#g4x.extent<one>], params = [[]], result_rows = [unit]} : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @dispatch_c5(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{no such result is persistent: 1}}
  %0 = g4x.dispatch "a"(%x) {kernels = [@k], grids_x = [#g4x.extent<tokens>], grids_y = [#g4x.extent<one>], params = [[]], result_rows = [#g4x.extent<tokens>], persistent = array<i64: 1>} : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return
}
