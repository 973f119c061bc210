from .assets import (
    AssetError as AssetError,
    colors_folder as colors_folder,
    drum_path as drum_path,
    fetch as fetch,
    pexels_folder as pexels_folder,
    stock_folder as stock_folder,
)
from .checks import (
    check as check,
    check_sanity as check_sanity,
    check_setup as check_setup,
)
from .classifier import (
    Classifier as Classifier,
    load_classifier as load_classifier,
    make_classifier as make_classifier,
    save_classifier as save_classifier,
)
from .datasets import (
    PictureSet as PictureSet,
    label_of as label_of,
    read_both as read_both,
    read_csv as read_csv,
    read_filenames as read_filenames,
    read_folders as read_folders,
    read_pictures as read_pictures,
    unzip as unzip,
)
from .doctor import (
    check_pictures as check_pictures,
)
from .evaluation import (
    make_prediction as make_prediction,
    predict as predict,
)
from .features import (
    extract_features as extract_features,
    feature_cache as feature_cache,
)
from .head import (
    batches as batches,
    get_model as get_model,
    train as train,
)
from .images import (
    UnreadableImageError as UnreadableImageError,
    batch_image as batch_image,
    crop_image as crop_image,
    evaluation_view as evaluation_view,
    load_and_process_image as load_and_process_image,
    load_image as load_image,
    resize_image as resize_image,
)
from .labels import (
    add_labels as add_labels,
    decode_labels as decode_labels,
    get_labels_as_dict as get_labels_as_dict,
    load_imagenet_labels as load_imagenet_labels,
    one_hot as one_hot,
    top_labels as top_labels,
)
from .litert import (
    convert as convert,
    run_litert as run_litert,
)
from .mobilenet import (
    build_pretrained_model as build_pretrained_model,
    find_weights as find_weights,
    load_images as load_images,
    load_mobilenet as load_mobilenet,
    load_readable as load_readable,
)
from .plots import (
    contact_sheet as contact_sheet,
    plot_confusion as plot_confusion,
    plot_cost as plot_cost,
    plot_history as plot_history,
    plot_prediction as plot_prediction,
    plot_rates as plot_rates,
    plot_top_labels as plot_top_labels,
    show as show,
    to_html as to_html,
)
from .report import (
    Finding as Finding,
    Report as Report,
)
from .runtime import (
    describe_device as describe_device,
    import_keras as import_keras,
    set_seed as set_seed,
)
from .sanity import (
    check_data as check_data,
    check_pipeline as check_pipeline,
)
from .trainer.trainer import (
    Trainer as Trainer,
)
