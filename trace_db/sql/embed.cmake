# SPDX-License-Identifier: Apache-2.0
# Turns SQL files into one C++ source: cmake -DOUT=file.cpp -DSCHEMA=a.sql;b.sql -DVIEWS=c.sql -P embed.cmake
function(list_of out files)
    set(text "")
    foreach(file IN LISTS files)
        file(READ ${file} content)
        get_filename_component(stem ${file} NAME_WE)
        string(APPEND text "    {\"${stem}\", R\"sql(${content})sql\"},\n")
    endforeach()
    set(${out} "${text}" PARENT_SCOPE)
endfunction()

string(REPLACE "," ";" SCHEMA "${SCHEMA}")
string(REPLACE "," ";" VIEWS "${VIEWS}")
list_of(schema "${SCHEMA}")
list_of(views "${VIEWS}")
file(WRITE ${OUT}
"// Generated from trace_db/sql; do not edit.
#include \"trace_db/schema.h\"

namespace orrery::trace_db {

std::span<const SqlFile> schemaFiles()
{
    static const SqlFile files[] = {
${schema}    };
    return files;
}

std::span<const SqlFile> viewFiles()
{
    static const SqlFile files[] = {
${views}    };
    return files;
}

} // namespace orrery::trace_db
")
