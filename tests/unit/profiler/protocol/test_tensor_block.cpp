// SPDX-License-Identifier: Apache-2.0
#include "profiler/protocol/tensor_block.h"

#include <QTest>

#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

using namespace orrery;
using graph::DataType;
using graph::Tensor;
using protocol::TensorBlock;

class TestTensorBlock : public QObject {
    Q_OBJECT

    static TensorBlock sample()
    {
        std::vector<float> numbers(5000);
        for (std::size_t i = 0; i < numbers.size(); ++i)
            numbers[i] = static_cast<float>(i);
        std::vector<Tensor> tensors = {
            Tensor::of<float>({5000}, numbers), Tensor(), Tensor::ofStrings({2}, {"a", "b"}),
            Tensor::of<std::int64_t>({0, 3}, std::vector<std::int64_t>()), Tensor::scalar<std::int64_t>(7)};
        return protocol::pack(tensors).releaseValue();
    }

    // Anonymous memory of that many zeros, sealed or not.
    static protocol::SharedFd memory(std::size_t bytes, int seals)
    {
        auto fd = std::make_shared<UniqueFd>(::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
        CHECK(::ftruncate(fd->get(), static_cast<off_t>(bytes)) == 0);
        CHECK(::fcntl(fd->get(), F_ADD_SEALS, seals) == 0);
        return fd;
    }
    static constexpr int sealed = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

private slots:
    void tensorsOfEveryKindComeBackAndStay()
    {
        std::vector<Tensor> tensors;
        {
            TensorBlock block = sample();
            QVERIFY(block.memory != nullptr);
            tensors = protocol::unpack(block).releaseValue();
        }
        QCOMPARE(tensors.size(), std::size_t{5});
        QCOMPARE(tensors[0].span<float>()[4999], 4999.0f);
        QCOMPARE(tensors[1].type(), DataType::Undefined);
        QCOMPARE(tensors[2].strings()[1], std::string("b"));
        QCOMPARE(tensors[3].elementCount(), std::int64_t{0});
        QCOMPARE(tensors[4].data<std::int64_t>()[0], std::int64_t{7});
    }

    void theSenderCannotChangeWhatItSent()
    {
        TensorBlock block = sample();
        QVERIFY(::ftruncate(block.memory->get(), 0) != 0);
        QVERIFY(::pwrite(block.memory->get(), "x", 1, 0) < 0);
    }

    void memoryThatCouldChangeIsRefused()
    {
        TensorBlock block = sample();
        for (int seals : {0, F_SEAL_SHRINK, F_SEAL_SHRINK | F_SEAL_GROW}) {
            block.memory = memory(1 << 16, seals);
            QVERIFY(!protocol::unpack(block).ok());
        }
        block.memory = std::make_shared<UniqueFd>(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
        QVERIFY(!protocol::unpack(block).ok());
        block.memory = nullptr;
        QVERIFY(!protocol::unpack(block).ok());
        block.memory = memory(1 << 16, sealed);
        QVERIFY(protocol::unpack(block).ok());
    }

    void claimsThatDoNotFitTheMemoryAreRefused()
    {
        auto with = [](DataType type, graph::Dims dims, std::uint64_t offset) {
            TensorBlock block;
            block.tensors = {{type, std::move(dims), offset, {}}};
            block.memory = memory(4096, sealed);
            return protocol::unpack(block).ok();
        };
        QVERIFY(with(DataType::Float32, {1024}, 0));
        QVERIFY(!with(DataType::Float32, {1025}, 0));
        QVERIFY(!with(DataType::Float32, {1024}, 64));
        QVERIFY(!with(DataType::Float32, {1}, 1));
        QVERIFY(!with(DataType::Float32, {1}, 4096));
        QVERIFY(!with(DataType::Float32, {1}, UINT64_MAX - 63));
        QVERIFY(!with(DataType::Float32, {-1}, 0));
        QVERIFY(!with(DataType::Float32, {INT64_MAX, 2}, 0));
        QVERIFY(!with(DataType::Float64, {INT64_MAX}, 0));
        QVERIFY(!with(DataType::String, {2}, 0)); // without its strings
    }

    // The runner may not write large files; what it shares is none.
    void theLimitOnFilesIsNotOneOnTensors()
    {
        rlimit before{};
        QCOMPARE(getrlimit(RLIMIT_FSIZE, &before), 0);
        rlimit small = before;
        small.rlim_cur = 4096;
        QCOMPARE(setrlimit(RLIMIT_FSIZE, &small), 0);
        const auto tensor = graph::Tensor::allocate(graph::DataType::Float32, {1 << 20});
        const auto block = protocol::pack(std::vector<graph::Tensor>{*tensor});
        rlimit after{};
        const int asked = getrlimit(RLIMIT_FSIZE, &after);
        setrlimit(RLIMIT_FSIZE, &before);
        QVERIFY(block.ok());
        QVERIFY(asked == 0 && after.rlim_cur == 4096);
    }
};

QTEST_GUILESS_MAIN(TestTensorBlock)
#include "test_tensor_block.moc"
