#include "models/zoo/definitions/zoo.hpp"

#include "models/zoo/definitions/networks.hpp"

namespace phasecore::zoo {

const std::vector<Definition>& definitions() {
  static const std::vector<Definition> table = {
      {"densenet121", densenet121},
      {"ds-cnn", ds_cnn},
      {"gru-kws-s", gru_kws_s},
      {"kwt-1", kwt_1},
      {"kwt-2", kwt_2},
      {"lstm-captioning", lstm_captioning},
      {"lstm-kws-s", lstm_kws_s},
      {"lstm-ptb", lstm_ptb},
      {"lstm504", lstm504},
      {"mcunet-like", mcunet_like},
      {"micronet-kws-m", micronet_kws_m},
      {"micronet-kws-s", micronet_kws_s},
      {"mobilenet-v1-cifar", mobilenet_v1_cifar},
      {"mobilenet-v1-vww", mobilenet_v1_vww},
      {"mobilenet-v2", mobilenet_v2},
      {"mobilenet-v2-cifar", mobilenet_v2_cifar},
      {"mobilenet-v2-vww", mobilenet_v2_vww},
      {"resnet18", resnet18},
      {"resnet20", resnet20},
      {"resnet32", resnet32},
      {"resnet50", resnet50},
      {"resnet8", resnet8},
      {"resnet8-symmetric", resnet8_symmetric},
      {"resnet9", resnet9},
      {"vgg16", vgg16},
      {"vgg8", vgg8},
      {"vit-lite-6-4", vit_lite_6_4},
      {"vit-tiny", vit_tiny},
      {"wide-resnet-16-4", wide_resnet_16_4},
      {"wide-resnet-16-8", wide_resnet_16_8},
      {"wide-resnet-50-2", wide_resnet_50_2},
  };
  return table;
}

const Definition* find(const std::string& name) {
  for (const Definition& definition : definitions())
    if (definition.name == name) return &definition;
  return nullptr;
}

}  // namespace phasecore::zoo
