// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/bad_files.h"

#include <onnx/onnx_pb.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <sys/stat.h>
#include <unistd.h>

namespace orrery::tests {
namespace {

namespace fs = std::filesystem;

bool write(const fs::path& path, const std::string& bytes)
{
    std::ofstream file(path, std::ios::binary);
    file << bytes;
    return file.good();
}

std::string text(const std::string& name, const std::string& signature, const std::string& body,
                 const std::string& initializers = {}, const std::string& opset = "13",
                 const std::string& after = {})
{
    return "<ir_version: 8, opset_import: [\"\" : " + opset + ", \"local\" : 1]>\n" + name + " " + signature +
           (initializers.empty() ? "" : "\n<" + initializers + ">") + "\n{\n" + body + "\n}\n" + after;
}

std::string external(const std::string& location, const std::string& offset = "0")
{
    return text("external", "(float[4] x) => (float[4] y)", "[add] y = Add (x, w)",
                "float[4] w = [\"location\" : \"" + location + "\", \"offset\" : \"" + offset +
                    "\", \"length\" : \"16\"]");
}

// One Add of x and an initializer of these dims, whose bytes are four.
std::string initializerOf(const std::vector<std::int64_t>& dims)
{
    onnx::ModelProto model;
    model.set_ir_version(8);
    model.add_opset_import()->set_version(13);
    auto* graph = model.mutable_graph();
    graph->set_name("g");
    auto* weight = graph->add_initializer();
    weight->set_name("w");
    weight->set_data_type(onnx::TensorProto::FLOAT);
    for (std::int64_t dim : dims)
        weight->add_dims(dim);
    weight->set_raw_data(std::string(4, '\0'));
    auto* input = graph->add_input();
    input->set_name("x");
    auto* type = input->mutable_type()->mutable_tensor_type();
    type->set_elem_type(onnx::TensorProto::FLOAT);
    type->mutable_shape()->add_dim()->set_dim_value(1);
    auto* output = graph->add_output();
    *output = *input;
    output->set_name("y");
    auto* node = graph->add_node();
    node->set_op_type("Add");
    node->set_name("add");
    node->add_input("x");
    node->add_input("w");
    node->add_output("y");
    return model.SerializeAsString();
}

std::string nestedIfs(int depth)
{
    std::string body = "z = Neg (x)";
    for (int i = 0; i < depth; ++i) {
        std::string n = std::to_string(i);
        body = "z = If < then_branch = t" + n + " () => (float[1] z) { " + body + " }, else_branch = e" + n +
               " () => (float[1] z) { z = Abs (x) } > (c)";
    }
    return text("ifs", "(bool c, float[1] x) => (float[1] z)", body);
}

std::string functionsThatDouble(int levels)
{
    std::string functions;
    for (int i = 0; i < levels; ++i) {
        std::string n = std::to_string(i);
        std::string callee = i + 1 == levels ? "Neg" : "local.f" + std::to_string(i + 1);
        functions += "<domain: \"local\", opset_import: [\"\" : 13, \"local\" : 1]>\nf" + n +
                     " (x) => (y)\n{\n a = " + callee + " (x)\n y = " + callee + " (a)\n}\n";
    }
    return text("doubling", "(float[1] x) => (float[1] y)", "y = local.f0 (x)", {}, "13", functions);
}

bool makeContent(const fs::path& folder)
{
    std::mt19937_64 random(7);
    std::string noise(1 << 20, '\0');
    for (char& c : noise)
        c = static_cast<char>(random());
    std::string big(10 << 20, 'n');
    return write(folder / "empty.onnx", "") && write(folder / "one_byte.onnx", "\x08") &&
           write(folder / "random.onnx", noise) && write(folder / "random.bin", noise) &&
           write(folder / "picture.onnx", std::string("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16)) &&
           write(folder / "archive.onnx", std::string("PK\x03\x04\x14\0\0\0", 8) + std::string(200, 'x')) &&
           write(folder / "page.onnx", "<!DOCTYPE html><html><body>Not found</body></html>") &&
           write(folder / "junk.orrery", "this is no trace\n") &&
           fs::create_directory(folder / "folder.onnx") &&
           ::mkfifo((folder / "pipe.onnx").c_str(), 0600) == 0 &&
           write(folder / "terabyte_initializer.onnx", initializerOf({std::int64_t(1) << 40})) &&
           write(folder / "overflowing_dims.onnx",
                 initializerOf({std::int64_t(1) << 32, std::int64_t(1) << 32})) &&
           write(folder / "negative_dim.onnx", initializerOf({-1})) &&
           write(folder / "largest_dim.onnx", initializerOf({INT64_MAX, INT64_MAX})) &&
           write(folder / "long_name.onnx", modelWithName(std::string(10'000, 'n'))) &&
           write(folder / "huge_name.onnx", modelWithName(big));
}

bool makeExternal(const fs::path& folder)
{
    std::string sixteen(16, '\1');
    std::error_code failed;
    bool made = write(folder.parent_path() / "outside.bin", sixteen) &&
                write(folder / "inside.bin", sixteen) && ::mkfifo((folder / "pipe.bin").c_str(), 0600) == 0;
    fs::create_symlink(folder.parent_path() / "outside.bin", folder / "symlink.bin", failed);
    fs::create_directory_symlink(folder.parent_path(), folder / "up", failed);
    fs::create_hard_link(folder.parent_path() / "outside.bin", folder / "hardlink.bin", failed);
    made = made && !failed;
    struct Location {
        const char* file;
        const char* location;
        const char* offset = "0";
    };
    for (const Location& l :
         {Location{"parent", "../outside.bin"}, Location{"winding", "a/../../outside.bin"},
          Location{"absolute", "/etc/passwd"}, Location{"device", "/dev/zero"},
          Location{"symlink", "symlink.bin"}, Location{"linked_folder", "up/outside.bin"},
          Location{"hardlink", "hardlink.bin"}, Location{"fifo", "pipe.bin"},
          Location{"beyond", "inside.bin", "8"}, Location{"overflowing", "inside.bin", "9223372036854775807"},
          Location{"negative", "inside.bin", "-4"}, Location{"folder", "folder.onnx"},
          Location{"absent", "absent.bin"}, Location{"nothing", ""}, Location{"dot", "."}})
        made = made && write(folder / (std::string("external_") + l.file + ".onnxtxt"),
                             external(l.location, l.offset));
    return made;
}

bool makeFailing(const fs::path& folder)
{
    auto model = [&](const std::string& name, const std::string& bytes) {
        return write(folder / (name + ".onnxtxt"), bytes);
    };
    // big is 1e12, got from x so that no pass can know it.
    const std::string bigSize =
        "zero = Mul (x, none)\n far = Add (zero, large)\n big = Cast <to = 7> (far)\n ";
    const std::string constants = "float[1] none = {0.0}, float[1] large = {1000000000000.0}";
    const std::string oneToMany = "(float[1] x) => (float[\"?\"] y)";
    return model("terabyte_input",
                 text("t", "(float[1099511627776] x) => (float[1099511627776] y)", "[relu] y = Relu (x)")) &&
           model("opset_9999",
                 text("o", "(float[2] x) => (float[2] y)", "[relu] y = Relu (x)", {}, "9999")) &&
           model("opset_0", text("o", "(float[2] x) => (float[2] y)", "[relu] y = Relu (x)", {}, "0")) &&
           model("cast_nan",
                 text("c", "(float[2] x) => (int32[2] y)",
                      "zero = Sub (x, x)\n nan = Div (zero, zero)\n [cast] y = Cast <to = 6> (nan)")) &&
           model("gather", text("g", oneToMany, bigSize + "[pick] y = Gather (x, big)", constants)) &&
           model("divide", text("d", "(int32[3] x) => (int32[3] y)",
                                "zero = Sub (x, x)\n [halve] y = Div (x, zero)")) &&
           model("modulo",
                 text("d", "(int64[3] x) => (int64[3] y)", "zero = Sub (x, x)\n [rest] y = Mod (x, zero)")) &&
           model("expand", text("e", oneToMany, bigSize + "[widen] y = Expand (x, big)", constants)) &&
           model("tile", text("t", oneToMany, bigSize + "[repeat] y = Tile (x, big)", constants)) &&
           model("reshape", text("r", oneToMany, bigSize + "[shape] y = Reshape (x, big)", constants)) &&
           model("fill", text("f", oneToMany, bigSize + "[fill] y = ConstantOfShape (big)", constants)) &&
           model("range", text("r", "(float[1] x) => (float[\"?\"] y)",
                               bigSize + "last = Squeeze (far)\n [count] y = Range (start, last, step)",
                               constants + ", float start = {0.0}, float step = {1.0}")) &&
           model("nested_ifs", nestedIfs(10'000)) &&
           model(
               "recursion",
               text(
                   "r", "(float[1] x) => (float[1] y)", "[call] y = local.again (x)", {}, "13",
                   "<domain: \"local\", opset_import: [\"\" : 13, \"local\" : 1]>\nagain (x) => (y)\n{\n y = "
                   "local.again (x)\n}\n")) &&
           model("doubling", functionsThatDouble(64)) &&
           model("syntax", "<ir_version: 8>\ng (float x => (") &&
           model("twice", text("t", "(float[1] x) => (float[1] y)", "y = Relu (x)\n y = Neg (x)")) &&
           model("axis",
                 text("a", "(float[2,3] x) => (float[2,3] y)", "[soft] y = Softmax <axis = 7> (x)")) &&
           model("stride", text("s", "(float[1,1,4,4] x) => (float y)",
                                "[conv] y = Conv <strides = [0, 0]> (x, w)", "float[1,1,1,1] w = {1.0}")) &&
           model("conv_rank", text("s", "(float[1,1,4] x) => (float y)", "[conv] y = Conv (x, w)",
                                   "float[1,1,1,1] w = {1.0}"));
}

} // namespace

std::string modelWithName(const std::string& name)
{
    onnx::ModelProto model;
    model.set_ir_version(8);
    model.add_opset_import()->set_version(13);
    auto* graph = model.mutable_graph();
    graph->set_name(name);
    auto* input = graph->add_input();
    input->set_name(name);
    auto* type = input->mutable_type()->mutable_tensor_type();
    type->set_elem_type(onnx::TensorProto::FLOAT);
    type->mutable_shape()->add_dim()->set_dim_value(4);
    auto* output = graph->add_output();
    *output = *input;
    output->set_name(name + " out");
    auto* node = graph->add_node();
    node->set_op_type("Relu");
    node->set_name(name);
    node->add_input(name);
    node->add_output(name + " out");
    return model.SerializeAsString();
}

bool makeBadFiles(const std::string& folder)
{
    return makeContent(folder) && makeExternal(folder) && makeFailing(folder);
}

} // namespace orrery::tests
