# el_layer(NAME USES lower... LIBS external...): one static library a layer.
# A layer sees include/ and src/ but links only what it names; the test
# layering.check (tools/check-layers.sh) refuses an #include of a higher one.
add_library(el_flags INTERFACE)
target_compile_features(el_flags INTERFACE c_std_17)
target_compile_definitions(el_flags INTERFACE _POSIX_C_SOURCE=200809L)
target_include_directories(el_flags INTERFACE
  ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
target_compile_options(el_flags INTERFACE
  -ffp-contract=off -Wall -Wextra -Wpedantic -Wshadow -Wconversion
  -Wsign-conversion -Wstrict-prototypes -Wmissing-prototypes
  -Wold-style-definition -Wundef -Wvla -Wformat=2 -Wcast-qual
  -Wwrite-strings -Wimplicit-fallthrough
  $<$<C_COMPILER_ID:GNU>:-Wdouble-promotion;-Wlogical-op;-Wduplicated-cond>
  $<$<BOOL:${EL_WERROR}>:-Werror>)
if(EL_SANITIZE)
  target_compile_options(el_flags INTERFACE
    -fsanitize=${EL_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(el_flags INTERFACE -fsanitize=${EL_SANITIZE})
endif()
if(EL_FUZZ) # the depth of the stack differs from run to run, what is tried not
  target_compile_options(el_flags INTERFACE -fno-sanitize-coverage=stack-depth)
endif()

function(el_layer name)
  cmake_parse_arguments(A "" "" "USES;LIBS" ${ARGN})
  file(GLOB srcs CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.c)
  list(FILTER srcs EXCLUDE REGEX "_mpi\\.c$") # a program's own back end
  add_library(el_${name} STATIC ${srcs})
  set_target_properties(el_${name} PROPERTIES
    C_EXTENSIONS OFF POSITION_INDEPENDENT_CODE ON C_VISIBILITY_PRESET hidden)
  list(TRANSFORM A_USES PREPEND el_)
  target_link_libraries(el_${name} PUBLIC el_flags ${A_USES} PRIVATE ${A_LIBS})
  set_property(GLOBAL APPEND PROPERTY EL_LAYERS el_${name})
  set_property(GLOBAL APPEND PROPERTY EL_LAYER_LIBS ${A_LIBS})
endfunction()

# An executable over one layer (and what that layer links).
function(el_program name layer source)
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE el_${layer} m)
  set_target_properties(${name} PROPERTIES C_EXTENSIONS OFF)
endfunction()

set(EL_TEST_ENV "OPENBLAS_NUM_THREADS=1;LC_ALL=C.UTF-8;TZ=UTC"
  "LSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/support/lsan.supp")

# tests/support/fake_<library>.c -> fake_<library>.so beside the program: vendor
# libraries that behave like the real ones, loaded the way those are.
function(el_doubles)
  file(GLOB srcs CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/support/fake_*.c)
  add_custom_target(doubles)
  foreach(src ${srcs})
    cmake_path(GET src STEM stem)
    add_library(${stem} MODULE ${src})
    target_link_libraries(${stem} PRIVATE el_flags m)
    set_target_properties(${stem} PROPERTIES PREFIX "" C_EXTENSIONS OFF)
    add_dependencies(doubles ${stem})
  endforeach()
  file(GLOB srcs CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/support/fake_openai/*.c)
  el_program(fake_openai base "${srcs}")
  target_link_libraries(fake_openai PRIVATE PkgConfig::JANSSON)
  add_dependencies(doubles fake_openai)
endfunction()

# tests/<kind>/<layer>/test_<name>.c -> ctest <kind>.<name>, linked to <layer>.
# Measurements that are not in the repository are found through EL_SHARED.
function(el_tests)
  foreach(kind ${ARGN})
    file(GLOB srcs CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/${kind}/*/test_*.c)
    foreach(src ${srcs})
      cmake_path(GET src STEM stem)
      cmake_path(GET src PARENT_PATH dir)
      cmake_path(GET dir FILENAME layer)
      string(REGEX REPLACE "^test_" "" name ${stem})
      el_program(${stem} ${layer} ${src})
      target_include_directories(${stem} PRIVATE ${PROJECT_SOURCE_DIR}/tests/support)
      target_link_libraries(${stem} PRIVATE PkgConfig::CMOCKA)
      if(layer STREQUAL io OR layer STREQUAL load OR layer STREQUAL app OR layer STREQUAL cli)
        target_link_libraries(${stem} PRIVATE PkgConfig::JANSSON)
      endif()
      if(layer MATCHES "^(meter|load|profile|app)$")
        add_dependencies(${stem} doubles)
      endif()
      target_compile_definitions(${stem} PRIVATE
        EL_SOURCE_DIR="${PROJECT_SOURCE_DIR}" EL_DOUBLES="${PROJECT_BINARY_DIR}"
        EL_SHARED="${PROJECT_SOURCE_DIR}/../shared")
      add_test(NAME ${kind}.${name} COMMAND ${stem})
      set_tests_properties(${kind}.${name} PROPERTIES LABELS ${kind}
        TIMEOUT 120 SKIP_RETURN_CODE 77 ENVIRONMENT "${EL_TEST_ENV}")
    endforeach()
  endforeach()
endfunction()

# tests/cli/<name>.sh -> ctest cli.<name>; $1 = the program, $2 = source folder.
function(el_cli_tests)
  file(GLOB srcs CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/cli/*.sh)
  foreach(src ${srcs})
    cmake_path(GET src STEM name)
    add_test(NAME cli.${name}
      COMMAND bash ${src} $<TARGET_FILE:energylens> ${PROJECT_SOURCE_DIR})
    set_tests_properties(cli.${name} PROPERTIES LABELS cli
      TIMEOUT 300 SKIP_RETURN_CODE 77 ENVIRONMENT "${EL_TEST_ENV}")
  endforeach()
endfunction()

# tests/fuzz/<layer>/fuzz_<name>.c; ctest replays tests/fuzz/corpus/<name>/*.
function(el_fuzzers)
  add_custom_target(fuzzers)
  file(GLOB srcs CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/fuzz/*/fuzz_*.c)
  foreach(src ${srcs})
    cmake_path(GET src STEM stem)
    cmake_path(GET src PARENT_PATH dir)
    cmake_path(GET dir FILENAME layer)
    string(REGEX REPLACE "^fuzz_" "" name ${stem})
    el_program(${stem} ${layer} ${src})
    target_include_directories(${stem} PRIVATE ${PROJECT_SOURCE_DIR}/tests/support)
    add_dependencies(fuzzers ${stem})
    target_compile_options(${stem} PRIVATE -fsanitize=fuzzer)
    target_link_options(${stem} PRIVATE -fsanitize=fuzzer)
    file(GLOB corpus ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${name}/*)
    add_test(NAME fuzz.${name} COMMAND ${stem} -runs=0 ${corpus})
    set_tests_properties(fuzz.${name} PROPERTIES LABELS fuzz TIMEOUT 120)
  endforeach()
endfunction()

# bench/<layer>/bench_<name>.c; run by `make bench`, never by ctest.
function(el_benches)
  file(GLOB srcs CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/bench/*/bench_*.c)
  foreach(src ${srcs})
    cmake_path(GET src STEM stem)
    cmake_path(GET src PARENT_PATH dir)
    cmake_path(GET dir FILENAME layer)
    el_program(${stem} ${layer} ${src})
    target_compile_definitions(${stem} PRIVATE
      EL_SHARED="${PROJECT_SOURCE_DIR}/../shared")
  endforeach()
endfunction()
