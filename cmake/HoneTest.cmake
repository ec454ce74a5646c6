# hone_test(NAME SOURCES ... LIBS ...)               one GoogleTest program, run alone
# hone_mpi_test(NAME RANKS ... SOURCES ... LIBS ...) one GoogleTest program, run under mpirun at each rank count
function(hone_test_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_link_libraries(${name} PRIVATE ${ARG_LIBS})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/tests)
endfunction()

function(hone_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
  hone_test_program(${name} SOURCES ${ARG_SOURCES} LIBS ${ARG_LIBS} hone_test_main)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300)
endfunction()

function(hone_mpi_test name)
  cmake_parse_arguments(ARG "" "" "RANKS;SOURCES;LIBS" ${ARGN})
  hone_test_program(${name} SOURCES ${ARG_SOURCES} LIBS ${ARG_LIBS} hone_mpi_test_main)
  foreach(np ${ARG_RANKS})
    add_test(NAME ${name}_np${np}
      COMMAND ${MPIEXEC_EXECUTABLE} --oversubscribe --bind-to none -np ${np} $<TARGET_FILE:${name}>)
    set_tests_properties(${name}_np${np} PROPERTIES TIMEOUT 300 ENVIRONMENT
      "OMPI_ALLOW_RUN_AS_ROOT=1;OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1;OMP_NUM_THREADS=1")
  endforeach()
endfunction()
