"""The lit suite: what the programs print, for IR and for command lines.

Tests are .mlir files (IR is the input) and .test files (a command is). Their
programs and folders come from lit.site.cfg.py, which CMake writes; run the suite
with `ctest -R '^lit$'`, or part of it with `lit -v build/test/lit --filter <path>`.
"""
import os
import sys

import lit.formats

config.name = "g4"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["inputs", "reference", "fuzz", "runtime", "support"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = config.g4_exec_root

# Programs by their name: a test shows the command that a person would type.
tools = [os.path.dirname(config.g4_opt), os.path.dirname(config.g4c),
         config.g4_test_programs, os.path.dirname(config.g4_filecheck),
         config.g4_llvm_tools]
config.environment["PATH"] = os.pathsep.join(tools + [config.environment["PATH"]])

config.substitutions.append(("%{python}", sys.executable))
config.substitutions.append(("%{models}", os.path.join(config.test_source_root, "inputs", "models")))
config.substitutions.append(("%{tiny}", config.g4_source_root + "/models/tiny"))
config.substitutions.append(("%{support}", os.path.join(config.test_source_root, "support")))
