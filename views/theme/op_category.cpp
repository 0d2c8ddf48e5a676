// SPDX-License-Identifier: Apache-2.0
#include "views/theme/op_category.h"

#include <algorithm>
#include <unordered_map>

namespace orrery::theme {
namespace {

constexpr std::array<std::string_view, opCategoryCount> names = {
    "convolution", "pool", "normalization", "activation", "math",         "reduce",
    "shape",       "data", "control",       "recurrent",  "input-output", "other",
};

struct Family {
    OpCategory category;
    std::string_view types; // separated by spaces
};

// Operators of ai.onnx, ai.onnx.ml and com.microsoft, and of this program's own training domain.
constexpr Family families[] = {
    {OpCategory::Convolution,
     "Conv ConvTranspose ConvInteger QLinearConv DeformConv FusedConv NhwcConv MatMul MatMulInteger "
     "QLinearMatMul "
     "MatMulNBits FusedMatMul Gemm FusedGemm QGemm Einsum Attention MultiHeadAttention GroupQueryAttention "
     "PackedAttention RotaryEmbedding ConvGrad MatMulGrad GemmGrad LinearClassifier LinearRegressor Col2Im "
     "STFT DFT"},
    {OpCategory::Pool,
     "MaxPool AveragePool GlobalAveragePool GlobalMaxPool GlobalLpPool LpPool MaxRoiPool RoiAlign MaxUnpool "
     "QLinearAveragePool QLinearGlobalAveragePool MaxPoolGrad AveragePoolGrad GlobalAveragePoolGrad"},
    {OpCategory::Normalization,
     "BatchNormalization LayerNormalization InstanceNormalization GroupNormalization RMSNormalization "
     "MeanVarianceNormalization LRN LpNormalization SimplifiedLayerNormalization SkipLayerNormalization "
     "SkipSimplifiedLayerNormalization EmbedLayerNormalization Dropout BatchNormalizationGrad "
     "LayerNormalizationGrad DropoutGrad Normalizer Scaler"},
    {OpCategory::Activation,
     "Relu LeakyRelu PRelu ThresholdedRelu Elu Selu Celu Gelu FastGelu BiasGelu QuickGelu Sigmoid "
     "HardSigmoid "
     "HardSwish Swish Mish Softmax LogSoftmax Hardmax Softplus Softsign Tanh Clip Shrink SwiGLU ReluGrad "
     "SigmoidGrad TanhGrad SoftmaxGrad LogSoftmaxGrad GeluGrad LeakyReluGrad QLinearSigmoid QLinearLeakyRelu "
     "QLinearSoftmax"},
    {OpCategory::Math,
     "Add Sub Mul Div Pow Sqrt Exp Log Abs Neg Floor Ceil Round Reciprocal Mod Sign Erf Sin Cos Tan Asin "
     "Acos Atan "
     "Sinh Cosh Asinh Acosh Atanh Max Min Sum Mean And Or Xor Not Equal Greater GreaterOrEqual Less "
     "LessOrEqual "
     "Where BitShift BitwiseAnd BitwiseOr BitwiseXor BitwiseNot IsNaN IsInf CumSum Det QLinearAdd QLinearMul "
     "AddN Binarizer"},
    {OpCategory::Reduce,
     "ReduceMean ReduceSum ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp "
     "ReduceSumSquare ArgMax ArgMin TopK NonZero NonMaxSuppression Unique"},
    {OpCategory::Shape,
     "Reshape Transpose Concat Split Slice Gather GatherElements GatherND Scatter ScatterElements ScatterND "
     "Squeeze Unsqueeze Flatten Expand Tile Pad Resize Upsample DepthToSpace SpaceToDepth Shape Size "
     "Compress "
     "ReverseSequence Trilu GridSample AffineGrid CenterCropPad Reorder ReorderInput ReorderOutput "
     "SplitToSequence "
     "ConcatFromSequence SequenceAt SequenceConstruct SequenceEmpty SequenceErase SequenceInsert "
     "SequenceLength "
     "OneHot FeatureVectorizer ArrayFeatureExtractor TensorScatter"},
    {OpCategory::Data,
     "Constant ConstantOfShape Identity Cast CastLike BitCast QuantizeLinear DequantizeLinear "
     "DynamicQuantizeLinear "
     "RandomNormal RandomNormalLike RandomUniform RandomUniformLike Bernoulli Multinomial Range EyeLike "
     "HannWindow HammingWindow BlackmanWindow MelWeightMatrix Copy Memcpy StringNormalizer StringConcat "
     "StringSplit "
     "RegexFullMatch TfIdfVectorizer LabelEncoder CategoryMapper DictVectorizer Imputer ZipMap ImageDecoder"},
    {OpCategory::Control, "If Loop Scan SequenceMap Optional OptionalGetElement OptionalHasElement"},
    {OpCategory::Recurrent, "LSTM GRU RNN DynamicQuantizeLSTM LSTMGrad GRUGrad"},
    {OpCategory::InputOutput, "Input Output NegativeLogLikelihoodLoss SoftmaxCrossEntropyLoss "
                              "MeanSquaredError Sgd Adam AdamW Momentum "
                              "Adagrad Gradient"},
};

using Table = std::unordered_map<std::string_view, OpCategory>;

Table makeTable()
{
    Table table;
    for (const Family& family : families) {
        std::string_view rest = family.types;
        while (!rest.empty()) {
            const std::size_t end = std::min(rest.find(' '), rest.size());
            table.emplace(rest.substr(0, end), family.category);
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }
    return table;
}

} // namespace

std::string_view name(OpCategory category) { return names[std::size_t(category)]; }

OpCategory categoryOfOpType(std::string_view opType)
{
    static const Table table = makeTable();
    const std::string_view first = opType.substr(0, opType.find('+'));
    auto found = table.find(first);
    return found == table.end() ? OpCategory::Other : found->second;
}

} // namespace orrery::theme
