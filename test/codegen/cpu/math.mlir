// RUN: g4-print-code %s x86-64-v3 | FileCheck %s --implicit-check-not='{{call|expf|tanhf|sinf|truncsfbf2}}'
// RUN: g4-print-code %s x86-64-v4 | FileCheck %s --implicit-check-not='{{call|expf|tanhf|sinf|truncsfbf2}}'
// RUN: g4-print-code %s sapphirerapids | FileCheck %s --implicit-check-not='{{call|expf|tanhf|sinf|truncsfbf2}}'

// No target needs a math library, and conversions to bf16 call no function either.
// CHECK-LABEL: math:
// CHECK: ret
g4t.kernel @math(%x: memref<?x64xf32>, %y: memref<?x64xbf16>) grid(%i, %j) threads 1 {
  %c0 = arith.constant 0 : index
  %0 = g4t.load %x[%i, %c0] : memref<?x64xf32> -> tensor<1x64xf32>
  %1 = math.exp %0 : tensor<1x64xf32>
  %2 = math.tanh %1 : tensor<1x64xf32>
  %3 = math.sin %2 : tensor<1x64xf32>
  %4 = math.rsqrt %3 : tensor<1x64xf32>
  %5 = arith.truncf %4 : tensor<1x64xf32> to tensor<1x64xbf16>
  g4t.store %5, %y[%i, %c0] : tensor<1x64xbf16>, memref<?x64xbf16>
  g4t.return
}
