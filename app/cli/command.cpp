// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"

namespace orrery::cli {

OptionSpec formatOption()
{
    return {"format", "FORMAT", "text for people (default), json for programs", {"text", "json"}};
}

OptionSpec formatOptionWithCsv()
{
    return {
        "format", "FORMAT", "text for people (default), json or csv for programs", {"text", "json", "csv"}};
}

Format chosenFormat(const Arguments& arguments)
{
    std::string format = arguments.valueOr("format", "text");
    return format == "json" ? Format::Json : format == "csv" ? Format::Csv : Format::Text;
}

} // namespace orrery::cli
