# CMake helpers of the project. Every library is declared with g4_library() or
# g4_mlir_library(), so that include roots, warnings and the precompiled header
# are stated in one place.

# Language, linker, compiler cache and sanitizers, for every target below.
macro(g4_compile_settings)
  set(CMAKE_CXX_STANDARD 20)
  set(CMAKE_CXX_STANDARD_REQUIRED ON)
  set(CMAKE_CXX_EXTENSIONS OFF)
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
  set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  find_program(G4_CCACHE ccache)
  if(G4_CCACHE)
    # A precompiled header is cacheable only with these sloppiness settings and
    # without the time stamp that clang stores in it.
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
        CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
        ${G4_CCACHE})
    add_compile_options("$<$<COMPILE_LANG_AND_ID:CXX,Clang>:SHELL:-Xclang -fno-pch-timestamp>")
  endif()
  if(EXISTS /usr/lib/llvm-22/bin/ld.lld)
    add_link_options(-B/usr/lib/llvm-22/bin -fuse-ld=lld)
  endif()
  if(G4_STATIC)
    # What is left to the machine that runs it: libc and libm, of glibc 2.34 or newer.
    add_library(G4OlderLibc STATIC ${PROJECT_SOURCE_DIR}/tools/cmake/OlderLibc.cpp)
    add_link_options(-static-libstdc++ -static-libgcc -Wl,--wrap=arc4random -Wl,--wrap=_dl_find_object)
    link_libraries(G4OlderLibc)
  endif()
  if(G4_SANITIZE)
    add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
    add_link_options(-fsanitize=address,undefined)
  endif()
  if(G4_SANITIZE_THREAD)
    add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
    add_link_options(-fsanitize=thread)
  endif()
  if(G4_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined)
    add_link_options(-fsanitize=address,undefined)
  endif()
endmacro()

# One include root for sources, one for generated files: "dialects/graph/X.h".
function(g4_library name)
  cmake_parse_arguments(A "" "" "SRCS;DEPS" ${ARGN})
  add_library(${name} STATIC ${A_SRCS})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
  # Generated headers are system headers: linters and warnings leave them alone.
  target_include_directories(${name} SYSTEM PUBLIC ${PROJECT_BINARY_DIR})
  target_compile_options(${name} PRIVATE -Wall -Wextra -Wno-unused-parameter -Werror)
  target_link_libraries(${name} PUBLIC ${A_DEPS})
endfunction()

# Headers that many files include are parsed once: pch/<pch>.h, for all targets
# that name it. A file still includes what it names; this only makes that cheap.
function(g4_use_pch target pch)
  set(folder ${PROJECT_SOURCE_DIR}/tools/cmake/pch)
  if(NOT TARGET G4${pch}Pch)
    add_library(G4${pch}Pch STATIC ${folder}/Pch.cpp)
    target_include_directories(G4${pch}Pch PRIVATE ${PROJECT_SOURCE_DIR})
    target_include_directories(G4${pch}Pch SYSTEM PRIVATE ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
    # As GTest::gtest has it.
    target_compile_definitions(G4${pch}Pch PRIVATE GTEST_HAS_PTHREAD=1)
    target_compile_options(G4${pch}Pch PRIVATE -Wall -Wextra -Wno-unused-parameter -Werror)
    target_precompile_headers(G4${pch}Pch PRIVATE ${folder}/${pch}.h)
  endif()
  target_precompile_headers(${target} REUSE_FROM G4${pch}Pch)
  # Programs are compiled with -fPIE, which a header precompiled for libraries does not fit.
  target_compile_options(${target} PRIVATE -fPIC)
endfunction()

# A library that may see MLIR. MLIR headers are system headers: their warnings
# are not ours. All of them share one precompiled header.
function(g4_mlir_library name)
  g4_library(${name} ${ARGN})
  target_include_directories(${name} SYSTEM PUBLIC ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
  target_link_libraries(${name} PUBLIC MLIR LLVM)
  g4_use_pch(${name} Mlir)
  if(G4_TABLEGEN_TARGETS_${name})
    add_dependencies(${name} ${G4_TABLEGEN_TARGETS_${name}})
  endif()
endfunction()

# The grammar library and its headers, where tools/get_xgrammar.sh puts them.
function(g4_find_xgrammar)
  execute_process(COMMAND ${PROJECT_SOURCE_DIR}/tools/get_xgrammar.sh --where
                  OUTPUT_VARIABLE prefix OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  find_library(library xgrammar PATHS ${prefix}/lib NO_DEFAULT_PATH NO_CACHE)
  if(NOT library)
    message(FATAL_ERROR "no grammar library in ${prefix}: tools/get_xgrammar.sh builds it, -DG4_GRAMMAR=OFF does without")
  endif()
  add_library(xgrammar STATIC IMPORTED GLOBAL)
  set_target_properties(xgrammar PROPERTIES
    IMPORTED_LOCATION ${library}
    INTERFACE_INCLUDE_DIRECTORIES ${prefix}/include
    INTERFACE_SYSTEM_INCLUDE_DIRECTORIES ${prefix}/include
    INTERFACE_LINK_LIBRARIES Threads::Threads)
endfunction()

macro(g4_find_mlir)
  # Debian's version file answers to "22.1", not to "22".
  find_package(MLIR 22.1 REQUIRED CONFIG HINTS /usr/lib/llvm-22/lib/cmake/mlir)
  find_package(LLD 22.1 REQUIRED CONFIG HINTS ${LLVM_INSTALL_PREFIX}/lib/cmake/lld)
  set(MLIR_TABLEGEN_EXE ${LLVM_TOOLS_BINARY_DIR}/mlir-tblgen)
  list(APPEND CMAKE_MODULE_PATH "${MLIR_CMAKE_DIR}" "${LLVM_CMAKE_DIR}")
  include(TableGen)
  include(AddLLVM)
  include(AddMLIR)
endmacro()

# g4_tablegen(<lib> <file.td> <out> <args...>) runs mlir-tblgen once for one output.
function(g4_tablegen lib td out)
  set(LLVM_TARGET_DEFINITIONS ${td})
  include_directories(${PROJECT_SOURCE_DIR} ${MLIR_INCLUDE_DIRS})
  mlir_tablegen(${out} ${ARGN})
  add_custom_target(${lib}_${out}_gen DEPENDS ${CMAKE_CURRENT_BINARY_DIR}/${out})
  set(G4_TABLEGEN_TARGETS_${lib} ${G4_TABLEGEN_TARGETS_${lib}} ${lib}_${out}_gen PARENT_SCOPE)
endfunction()

# One gtest binary per folder; ctest runs it as one entry, with ARGS. With
# SHARDS n it is n entries of a part of the tests each, which may run side by
# side. PCH names its precompiled header, Test unless told.
function(g4_test name)
  cmake_parse_arguments(A "" "SHARDS;PCH" "SRCS;DEPS;ARGS" ${ARGN})
  add_executable(${name} ${A_SRCS})
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/test/bin)
  target_link_libraries(${name} PRIVATE ${A_DEPS} GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE G4_TEST_INPUTS="${PROJECT_SOURCE_DIR}/test/inputs")
  target_compile_options(${name} PRIVATE -Wall -Wextra -Wno-unused-parameter -Werror)
  if(NOT A_PCH)
    set(A_PCH Test)
  endif()
  g4_use_pch(${name} ${A_PCH})
  if(NOT A_SHARDS)
    add_test(NAME ${name} COMMAND ${name} ${A_ARGS})
    return()
  endif()
  foreach(shard RANGE 1 ${A_SHARDS})
    math(EXPR index "${shard} - 1")
    add_test(NAME ${name}.${shard} COMMAND ${name} ${A_ARGS})
    set_tests_properties(${name}.${shard} PROPERTIES
      ENVIRONMENT "GTEST_TOTAL_SHARDS=${A_SHARDS};GTEST_SHARD_INDEX=${index}")
  endforeach()
endfunction()

# A test of compiled models: nothing where there are none.
function(g4_model_test name)
  if(NOT G4_TEST_ARTIFACTS)
    return()
  endif()
  g4_test(${name} ${ARGN})
  if(G4_BUILD_COMPILER)
    set_tests_properties(${name} PROPERTIES FIXTURES_REQUIRED artifacts)
  endif()
endfunction()

# A program of ours that may see MLIR.
function(g4_mlir_program name)
  cmake_parse_arguments(A "" "" "SRCS;DEPS" ${ARGN})
  add_executable(${name} ${A_SRCS})
  target_compile_options(${name} PRIVATE -Wall -Wextra -Wno-unused-parameter -Werror)
  target_link_libraries(${name} PRIVATE ${A_DEPS})
  g4_use_pch(${name} Mlir)
endfunction()

# A libFuzzer program; test/fuzz/CMakeLists.txt says how to run it.
function(g4_fuzz name)
  cmake_parse_arguments(A "" "" "SRCS;DEPS" ${ARGN})
  add_executable(${name} ${A_SRCS})
  target_link_libraries(${name} PRIVATE ${A_DEPS})
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  target_compile_options(${name} PRIVATE -Wall -Wextra -Wno-unused-parameter -Werror)
endfunction()
