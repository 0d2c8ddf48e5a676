# SPDX-License-Identifier: Apache-2.0
# Makes a registry out of a list of file names, so that adding an entry is one file and one line and nothing
# relies on static initialisation.
#
# orrery_registry(OUT_VAR NAME registry_name NAMESPACE ns TYPE T HEADER "header with T" FUNCTION all ENTRIES a/b c ...)
#
# Every entry <folder>/<file> (source <file>.cpp) defines `T <file>();` in namespace NS; the generated source defines
# `std::vector<T> FUNCTION()` that calls them in order. OUT_VAR receives the generated file and the entries' sources.
function(orrery_registry out)
    cmake_parse_arguments(ARG "" "NAME;NAMESPACE;TYPE;HEADER;FUNCTION" "ENTRIES" ${ARGN})
    set(declarations "")
    set(calls "")
    set(sources "")
    foreach(entry IN LISTS ARG_ENTRIES)
        get_filename_component(symbol ${entry} NAME)
        string(APPEND declarations "${ARG_TYPE} ${symbol}();\n")
        string(APPEND calls "    entries.push_back(${symbol}());\n")
        list(APPEND sources ${CMAKE_CURRENT_SOURCE_DIR}/${entry}.cpp)
    endforeach()
    set(file ${CMAKE_BINARY_DIR}/generated/${ARG_NAME}_registry.cpp)
    file(CONFIGURE OUTPUT ${file} CONTENT
"// Generated from the folder's CMakeLists.txt; do not edit.
#include \"${ARG_HEADER}\"

namespace ${ARG_NAMESPACE} {
${declarations}
std::vector<${ARG_TYPE}> ${ARG_FUNCTION}()
{
    std::vector<${ARG_TYPE}> entries;
${calls}    return entries;
}
} // namespace ${ARG_NAMESPACE}
" @ONLY)
    set(${out} ${file} ${sources} PARENT_SCOPE)
endfunction()
