hone_program(hone-inspect hone_inspect.cpp hone_dataset hone_tokenizer hone_model_folder Boost::program_options)
target_sources(hone-inspect PRIVATE inspect_dataset.cpp inspect_options.cpp inspect_safetensors.cpp)
