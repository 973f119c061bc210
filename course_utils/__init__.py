"""Helper package of the course: each module is named after one idea.

Names are looked up when first used, so importing the package is quick and never imports TensorFlow.
"""

from importlib import import_module

_HOME = {
    "images": "load_image crop_image resize_image batch_image load_and_process_image evaluation_view "
    "UnreadableImageError",
    "labels": "load_imagenet_labels top_labels get_labels_as_dict one_hot add_labels decode_labels",
    "datasets": "read_folders PictureSet",
    "assets": "fetch drum_path pexels_folder colors_folder AssetError",
    "mobilenet": "load_mobilenet build_pretrained_model load_images",
    "head": "get_model train",
    "evaluation": "predict make_prediction",
    "plots": "show plot_top_labels plot_history plot_confusion contact_sheet",
    "checks": "check",
    "runtime": "set_seed import_keras",
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names.split()}
__all__ = sorted(_MODULE_OF)


def __getattr__(name):
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)


def __dir__():
    return __all__
