# hone_options carries what only Hone's own code is compiled with.
add_library(hone_options INTERFACE)
target_compile_options(hone_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
  $<$<BOOL:${HONE_WERROR}>:-Werror>)
if(HONE_CCACHE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(hone_options INTERFACE -fpch-preprocess)
endif()
target_include_directories(hone_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
if(HONE_SANITIZE)
  # What a sanitizer finds ends the program: a test that goes on would pass.
  target_compile_options(hone_options INTERFACE -fsanitize=${HONE_SANITIZE} -fno-sanitize-recover=all
    -fno-omit-frame-pointer -D_GLIBCXX_ASSERTIONS)
  target_link_options(hone_options INTERFACE -fsanitize=${HONE_SANITIZE})
endif()

# hone_library(NAME SOURCES... ) makes hone_NAME with the project's options.
function(hone_library name)
  add_library(hone_${name} STATIC ${ARGN})
  target_link_libraries(hone_${name} PUBLIC hone_options)
endfunction()
