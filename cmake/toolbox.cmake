# ccache and mold where they are installed, warnings, and the two functions that make a room.

find_program(WEIR_CCACHE ccache)
if(WEIR_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${WEIR_CCACHE})
endif()

find_program(WEIR_MOLD mold)
if(WEIR_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion)
if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
  # libstdc++ 12 uses std::get_temporary_buffer, which C++20 deprecates, in its own stable_sort.
  add_compile_options(-Wno-deprecated-declarations)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13 AND
   CMAKE_BUILD_TYPE STREQUAL Release)
  # At -O3 g++ 12 takes std::string and std::vector for out of bounds (GCC bugs 105329, 105651).
  add_compile_options(-Wno-restrict -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # Collecting garbage is a twentieth of g++'s time; half a gigabyte a process does without.
  add_compile_options("SHELL:--param ggc-min-heapsize=524288" "SHELL:--param ggc-min-expand=200")
endif()
# Of the compilers that CI has; another's new warnings are no reason not to build.
if(WEIR_WERROR AND CMAKE_CXX_COMPILER_VERSION MATCHES "^(12|19)\\.")
  add_compile_options(-Werror)
endif()
if(WEIR_SANITIZE)
  add_compile_options(-fsanitize=${WEIR_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${WEIR_SANITIZE})
endif()
if(WEIR_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# weir_room(NAME [LINK library...]): the library of src/NAME from every source in it, and its unit
# tests from every *_test.cpp. Files that must keep their own compile flags list themselves in
# NO_UNITY. COLD: what it does is far faster than is asked of it; a release compiles it at -O1, in
# little more than half the time. GLUE: its time goes to the kernel and to other rooms; at -O2, in four
# fifths of it.
function(weir_room name)
  cmake_parse_arguments(ROOM "COLD;GLUE" "" "LINK;NO_UNITY" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "/(parquet_arrow|main)\\.cpp$")
  if(NOT sources)
    add_library(weir_${name} INTERFACE)
    target_include_directories(weir_${name} INTERFACE ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(weir_${name} INTERFACE ${ROOM_LINK})
    return()
  endif()
  add_library(weir_${name} STATIC ${sources})
  target_include_directories(weir_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(weir_${name} PUBLIC ${ROOM_LINK})
  if(WEIR_UNITY)
    set_target_properties(weir_${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 16)
    foreach(file ${ROOM_NO_UNITY})
      set_source_files_properties(${name}/${file} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    endforeach()
  endif()
  if(ROOM_COLD AND CMAKE_BUILD_TYPE STREQUAL Release)
    target_compile_options(weir_${name} PRIVATE -O1)
  elseif(ROOM_GLUE AND CMAKE_BUILD_TYPE STREQUAL Release)
    target_compile_options(weir_${name} PRIVATE -O2)
  endif()
  if(WEIR_TESTS AND tests)
    add_executable(weir_${name}_test ${tests})
    target_link_libraries(weir_${name}_test PRIVATE weir_${name} GTest::gtest_main GTest::gmock)
    target_include_directories(weir_${name}_test PRIVATE ${PROJECT_SOURCE_DIR})
    target_compile_definitions(weir_${name}_test PRIVATE WEIR_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    # Tests are compiled once and run once: what is tested keeps its optimisation, they need little.
    # The models that query and store are compared with take minutes without any.
    if(WEIR_SANITIZE AND NOT name MATCHES "^(query|store)$")
      target_compile_options(weir_${name}_test PRIVATE -O0)
    elseif(CMAKE_BUILD_TYPE STREQUAL Release)
      target_compile_options(weir_${name}_test PRIVATE -O1)
    endif()
    # One ctest entry for a room: gtest's own output names the test that failed.
    add_test(NAME unit.${name} COMMAND weir_${name}_test --gtest_brief=1)
    set_tests_properties(unit.${name} PROPERTIES LABELS unit TIMEOUT 600)
    if(name STREQUAL query)  # the longest by far: not to be left alone at the end
      set_tests_properties(unit.${name} PROPERTIES COST 1000)
    elseif(name STREQUAL probe)  # it measures delays: nothing else may run beside
      set_tests_properties(unit.${name} PROPERTIES RUN_SERIAL ON)
    endif()
  endif()
endfunction()
