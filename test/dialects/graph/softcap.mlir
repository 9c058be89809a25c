// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK-LABEL: func @softcap
func.func @softcap(%x: tensor<?x8xf32>) {
  // CHECK: g4.softcap %{{.*}} {cap = 3.000000e+01 : f32} : tensor<?x8xf32>
  %0 = g4.softcap %x {cap = 30.0 : f32} : tensor<?x8xf32>
  return
}

// -----

func.func @softcap_c1(%x: tensor<?x8xf32>) {
  // expected-error @+1 {{cap must be positive}}
  %0 = g4.softcap %x {cap = 0.0 : f32} : tensor<?x8xf32>
  return
}

// -----

// Not a number is not positive either.
func.func @softcap_c1_nan(%x: tensor<?x8xf32>) {
  // expected-error @+1 {{cap must be positive}}
  %0 = g4.softcap %x {cap = 0x7FC00000 : f32} : tensor<?x8xf32>
  return
}
