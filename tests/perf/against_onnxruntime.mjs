#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
//
// Run time against ONNX Runtime on the CPU, one thread, on the models of $ORRERY_PEER_MODELS. The two take turns, round by
// round, in the same minutes; printed are the median of each and the median of the rounds' ratios with its spread.
// Needs node and npm; installs onnxruntime-node into $ORRERY_PEER_NPM (default: ~/.cache/orrery-peers).
//
// usage: node against_onnxruntime.mjs ORRERY_PROGRAM [--rounds N] [--runs N] [--threads N]
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createRequire } from 'node:module';
import { execFileSync } from 'node:child_process';

const models = [
    ['ocr/ch_PP-OCRv4_det_infer.onnx', { x: [1, 3, 640, 640] }],
    ['ocr/ch_PP-OCRv4_rec_infer.onnx', { x: [1, 3, 48, 320] }],
    ['mlsd/mlsd_320x320_tiny.onnx', {}],
    ['vad/silero_vad_v5.onnx', { input: [1, 576], state: [2, 1, 128], sr: [] }],
    ['torch/resnet18/model.onnx', { x: [1, 3, 224, 224] }],
    ['torch/mobilenetv2/model.onnx', { x: [1, 3, 224, 224] }],
    ['torch/bert6/model.onnx', { input_ids: [2, 32], attention_mask: [2, 32], token_type_ids: [2, 32] }],
];

const [program, ...options] = process.argv.slice(2);
const option = (name, fallback) => {
    const at = options.indexOf(`--${name}`);
    return at < 0 ? fallback : Number(options[at + 1]);
};
const folder = process.env.ORRERY_PEER_MODELS;
if (!program || !folder) {
    console.error('usage: ORRERY_PEER_MODELS=DIR node against_onnxruntime.mjs ORRERY_PROGRAM [--rounds N] [--runs N] [--threads N]');
    process.exit(2);
}
const rounds = option('rounds', 5), runs = option('runs', 10), threads = option('threads', 1);

const npmFolder = process.env.ORRERY_PEER_NPM || path.join(os.homedir(), '.cache', 'orrery-peers');
if (!fs.existsSync(path.join(npmFolder, 'node_modules/onnxruntime-node'))) {
    fs.mkdirSync(npmFolder, { recursive: true });
    fs.writeFileSync(path.join(npmFolder, 'package.json'), '{"private":true}');
    execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', 'onnxruntime-node@1.30.0'],
                 { cwd: npmFolder, stdio: ['ignore', 'ignore', 'inherit'] });
}
const ort = createRequire(path.join(npmFolder, 'x.js'))('onnxruntime-node');
ort.env.logLevel = 'error';

const median = (values) => {
    const sorted = [...values].sort((a, b) => a - b), half = sorted.length >> 1;
    return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};

function fill(type, dims) {
    const count = dims.reduce((a, b) => a * b, 1);
    if (type === 'int64')
        return new ort.Tensor(type, BigInt64Array.from({ length: count }, (_, i) => (dims.length === 0 ? 16000n : BigInt(i % 2))), dims);
    return new ort.Tensor('float32', Float32Array.from({ length: count }, (_, i) => ((i * 2654435761) % 1000) / 500 - 1), dims);
}

// Both engines get the same numbers: ours reads them from .npy files.
const inputFolder = fs.mkdtempSync(path.join(os.tmpdir(), 'orrery-inputs-'));
process.on('exit', () => fs.rmSync(inputFolder, { recursive: true, force: true }));

function writeNpy(name, tensor) {
    const file = path.join(inputFolder, `${name}.npy`);
    const shape = tensor.dims.length === 1 ? `${tensor.dims[0]},` : tensor.dims.join(', ');
    let header = `{'descr': '${tensor.type === 'int64' ? '<i8' : '<f4'}', 'fortran_order': False, 'shape': (${shape}), }`;
    header = header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11) + '\n';
    const start = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length & 255, header.length >> 8]);
    fs.writeFileSync(file, Buffer.concat([start, Buffer.from(header), Buffer.from(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength)]));
    return file;
}

console.log(`one run, ${threads} thread(s); medians of ${rounds} interleaved rounds of ${runs} runs`);
console.log('model'.padEnd(36), 'orrery ms'.padStart(10), 'onnxruntime ms'.padStart(15), 'ratio'.padStart(7), '  spread of the ratio');
for (const [file, shapes] of models) {
    const model = path.join(folder, file);
    if (!fs.existsSync(model)) {
        console.log(file.padEnd(36), 'skipped: not in ORRERY_PEER_MODELS');
        continue;
    }
    const session = await ort.InferenceSession.create(model, { executionProviders: ['cpu'], intraOpNumThreads: threads, graphOptimizationLevel: 'all' });
    const feeds = {};
    for (const meta of session.inputMetadata)
        feeds[meta.name] = fill(meta.type, shapes[meta.name] ?? meta.shape.map((d) => (typeof d === 'number' && d > 0 ? d : 1)));
    const inputOptions = Object.entries(feeds).flatMap(([name, tensor], i) => ['--input', `${name}=${writeNpy(i, tensor)}`]);
    const ours = [], theirs = [], ratios = [];
    for (let round = 0; round < rounds; ++round) {
        for (let i = 0; i < 2; ++i)
            await session.run(feeds);
        const times = [];
        for (let i = 0; i < runs; ++i) {
            const start = performance.now();
            await session.run(feeds);
            times.push(performance.now() - start);
        }
        const output = execFileSync(program, ['profile', model, '--no-record', '--warmup', '2', '--runs', String(runs), '--threads', String(threads), '--format', 'json', ...inputOptions],
                                    { stdio: ['ignore', 'pipe', 'ignore'] });
        ours.push(JSON.parse(output).latency_ms.median);
        theirs.push(median(times));
        ratios.push(ours.at(-1) / theirs.at(-1));
    }
    await session.release();
    console.log(file.padEnd(36), median(ours).toFixed(3).padStart(10), median(theirs).toFixed(3).padStart(15), median(ratios).toFixed(2).padStart(7),
                `  ${Math.min(...ratios).toFixed(2)} … ${Math.max(...ratios).toFixed(2)}`);
}
