# llama-cpp-python forces LLAMA_BUILD_COMMON=ON into the cache, although its wheel holds only llama and ggml.
# A normal variable in llama.cpp's own scope wins over the cache, and saves 40 % of the build.
set(LLAMA_BUILD_COMMON OFF)
