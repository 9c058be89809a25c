//===- Mlir.h - MLIR headers of nearly every file, precompiled --*- C++ -*-===//
//
// Without it a small pass takes 8 s to compile, with it 2 s.
//
//===----------------------------------------------------------------------===//

#ifndef G4_TOOLS_CMAKE_PCH_MLIR_H
#define G4_TOOLS_CMAKE_PCH_MLIR_H

#include "llvm/IR/Module.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Target/TargetMachine.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

#include <map>
#include <string>
#include <vector>

#endif // G4_TOOLS_CMAKE_PCH_MLIR_H
