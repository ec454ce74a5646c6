# hone_git_hash: what --version prints and every file written records. Looked up at each build, not when CMake configures,
# or a program would bear the name of an older commit; a library of its own, so that little is linked anew.
set(version_file ${CMAKE_BINARY_DIR}/version/version.cpp)
set(write_version ${CMAKE_COMMAND} -D HONE_VERSION=${PROJECT_VERSION} -D SOURCE=${CMAKE_SOURCE_DIR} -D OUTPUT=${version_file}
  -P ${CMAKE_SOURCE_DIR}/cmake/WriteVersion.cmake)
execute_process(COMMAND ${write_version} COMMAND_ERROR_IS_FATAL ANY)
add_custom_target(hone_version_file COMMAND ${write_version} BYPRODUCTS ${version_file} VERBATIM)
hone_library(git_hash ${version_file})
add_dependencies(hone_git_hash hone_version_file)
