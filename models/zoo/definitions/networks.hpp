// The builders behind the table in zoo.cpp. Inside models/zoo only.
#pragma once

#include "models/zoo/definitions/zoo.hpp"

namespace phasecore::zoo {

/// CIFAR ResNet-32 with 1x1 projections: He et al. (arXiv 1512.03385), option B; 464,432 conv and FC weights.
graph::Network resnet32(const Task& task);
/// CIFAR ResNet-20: the same with three blocks per stage; 270,896 conv and FC weights.
graph::Network resnet20(const Task& task);
/// ResNet-9 of LG: matrices 27x56, 504x112, 1008x112 (2), 1008x224, 2016x224 (3), 224x10; 1,866,536 weights.
graph::Network resnet9(const Task& task);
/// ResNet-8 of MLPerf Tiny (image classification, resnet_v1_eembc).
graph::Network resnet8(const Task& task);
/// The same layers as PyTorch ports have them: padding on all sides, no biases before batch norms. This is
/// the shape of the shipped resnet8-fmnist.
graph::Network resnet8_symmetric(const Task& task);
/// Wide-ResNet-16-k: Zagoruyko and Komodakis (arXiv 1605.07146), pre-activation.
graph::Network wide_resnet_16_4(const Task& task);  ///< 10 classes
graph::Network wide_resnet_16_8(const Task& task);  ///< 100 classes

/// DS-CNN of MLPerf Tiny (keyword spotting).
graph::Network ds_cnn(const Task& task);
/// MicroNet-KWS-S and -M: Banbury et al. (arXiv 2010.11267), table 5.
graph::Network micronet_kws_s(const Task& task);
graph::Network micronet_kws_m(const Task& task);

/// MobileNet-V1: Howard et al. (arXiv 1704.04861). VWW as in MLPerf Tiny (width 0.25); CIFAR at full width.
graph::Network mobilenet_v1_vww(const Task& task);
graph::Network mobilenet_v1_cifar(const Task& task);
/// MobileNet-V2: Sandler et al. (arXiv 1801.04381). VWW at width 0.35 as in Keras; CIFAR at full width.
graph::Network mobilenet_v2_vww(const Task& task);
graph::Network mobilenet_v2_cifar(const Task& task);
/// The same at full width for 224x224 and 1,000 classes, as torchvision has it.
graph::Network mobilenet_v2(const Task& task);
/// Inverted bottlenecks with kernels 3 to 7 and expansions 3 to 6, as TinyNAS finds them (Lin et al., arXiv
/// 2007.10319). The arrangement is ours, at the size of mcunet-10fps-vww (0.37 M parameters, 6.0 MMAC).
graph::Network mcunet_like(const Task& task);

/// One LSTM layer of as many cells as there are classes: the unit of LG's captioning network, one step.
graph::Network lstm504(const Task& task);
/// LG's networks of one LSTM layer of 504 cells and a classifier: characters of the Penn Treebank (128x2016,
/// 504x2016, 504x50; 1,299,312 weights) and image captions (504x2016 twice, 504x4064; 4,080,384 weights). How
/// many steps a sequence has is ours.
graph::Network lstm_ptb(const Task& task);
graph::Network lstm_captioning(const Task& task);
/// The small recurrent keyword networks of Zhang et al. (arXiv 1711.07128, "basic LSTM" and "GRU"): one layer
/// of 118 or 154 cells and a classifier, here on the frames of every 20 ms that the other keyword networks
/// get.
graph::Network lstm_kws_s(const Task& task);
graph::Network gru_kws_s(const Task& task);

/// Keyword transformers: Berg, O'Connor and Cruz (arXiv 2104.00769, table 1): 98 tokens of 40 coefficients
/// and a class token, 12 blocks with norms behind the sums. KWT-1: width 64, 1 head, 256 hidden, 607 k
/// parameters; KWT-2: 128, 2, 512, 2,394 k.
graph::Network kwt_1(const Task& task);
graph::Network kwt_2(const Task& task);
/// Vision transformers, norms first, with class token: DeiT-Ti of Touvron et al. (arXiv 2012.12877), 5.7 M
/// parameters; ViT-Lite-6/4 of Hassani et al. (arXiv 2104.05704) for CIFAR, 3.2 M.
graph::Network vit_tiny(const Task& task);
graph::Network vit_lite_6_4(const Task& task);

/// VGG8 as DNN+NeuroSim has it for CIFAR-10: no batch norms, no biases.
graph::Network vgg8(const Task& task);

/// For 224x224 and 1,000 classes, as torchvision has them: He et al. (arXiv 1512.03385; the stride of a
/// bottleneck in its 3x3 convolution), Zagoruyko and Komodakis (arXiv 1605.07146), Huang et al. (arXiv
/// 1608.06993), Simonyan and Zisserman (arXiv 1409.1556).
graph::Network resnet18(const Task& task);
graph::Network resnet50(const Task& task);
graph::Network wide_resnet_50_2(const Task& task);
graph::Network densenet121(const Task& task);
graph::Network vgg16(const Task& task);

}  // namespace phasecore::zoo
