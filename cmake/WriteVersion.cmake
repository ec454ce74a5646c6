# cmake -D HONE_VERSION=... -D SOURCE=FOLDER -D OUTPUT=FILE -P WriteVersion.cmake: writes FILE where it would change.
execute_process(COMMAND git describe --always --dirty --abbrev=12
  WORKING_DIRECTORY ${SOURCE} OUTPUT_VARIABLE HONE_GIT_HASH OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT HONE_GIT_HASH)
  set(HONE_GIT_HASH unknown)
elseif(HONE_GIT_HASH MATCHES "-dirty$")
  execute_process(COMMAND git diff HEAD WORKING_DIRECTORY ${SOURCE} OUTPUT_VARIABLE changes ERROR_QUIET)
  string(SHA256 digest "${changes}")
  string(SUBSTRING ${digest} 0 8 digest)
  string(APPEND HONE_GIT_HASH -${digest})
endif()
configure_file(${CMAKE_CURRENT_LIST_DIR}/version.cpp.in ${OUTPUT} @ONLY)
