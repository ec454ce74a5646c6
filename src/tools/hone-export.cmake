hone_program(hone-export hone_export.cpp hone_model_plan hone_merge hone_command_line)
target_sources(hone-export PRIVATE export_checkpoint.cpp export_merge.cpp export_options.cpp export_output.cpp)
