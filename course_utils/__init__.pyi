from .assets.catalog import (
    bean_zips as bean_zips,
    colors_folder as colors_folder,
    digits_folder as digits_folder,
    drum_path as drum_path,
    find_weights as find_weights,
    pexels_folder as pexels_folder,
    stock_folder as stock_folder,
)
from .assets.fetch import (
    AssetError as AssetError,
    fetch as fetch,
)
from .assets.made import (
    make_sound as make_sound,
    say as say,
)
from .assets.trails import (
    make_trail as make_trail,
)
from .browser.scripts import (
    join_modules as join_modules,
)
from .checks.answers import (
    check as check,
)
from .checks.machine import (
    check_setup as check_setup,
)
from .export.classifier import (
    Classifier as Classifier,
    load_classifier as load_classifier,
    make_classifier as make_classifier,
    save_classifier as save_classifier,
)
from .export.prediction import (
    Prediction as Prediction,
)
from .faults.copies import (
    find_copies as find_copies,
)
from .faults.data import (
    check_data as check_data,
)
from .faults.pictures import (
    check_pictures as check_pictures,
)
from .faults.pipeline import (
    check_pipeline as check_pipeline,
)
from .faults.suite import (
    check_sanity as check_sanity,
)
from .faults.unlike import (
    find_unlike as find_unlike,
)
from .files import (
    data_folder as data_folder,
)
from .learning.article import (
    start_article_head as start_article_head,
    train_article_head as train_article_head,
)
from .learning.calibration import (
    measure_reliability as measure_reliability,
)
from .learning.curves import (
    LearningCurve as LearningCurve,
    learning_curve as learning_curve,
)
from .learning.evaluation import (
    make_prediction as make_prediction,
    predict as predict,
)
from .learning.finetuning import (
    FineTuned as FineTuned,
    fine_tune as fine_tune,
)
from .learning.head import (
    batches as batches,
    get_model as get_model,
    train as train,
)
from .learning.heat import (
    Heat as Heat,
    class_map as class_map,
)
from .learning.known import (
    Known as Known,
    fit_known as fit_known,
)
from .learning.labels import (
    add_labels as add_labels,
    decode_labels as decode_labels,
    get_labels_as_dict as get_labels_as_dict,
    load_imagenet_labels as load_imagenet_labels,
    one_hot as one_hot,
    top_labels as top_labels,
)
from .learning.linear import (
    fit_linear_head as fit_linear_head,
    load_imagenet_head as load_imagenet_head,
)
from .network.engines import (
    Network as Network,
    load_network as load_network,
)
from .network.features import (
    extract_features as extract_features,
    feature_cache as feature_cache,
    load_images as load_images,
    load_readable as load_readable,
)
from .network.imagine import (
    imagine as imagine,
)
from .network.inside import (
    ReceptiveField as ReceptiveField,
    activations as activations,
    arrange as arrange,
    occlude as occlude,
    receptive_field as receptive_field,
    selective_channels as selective_channels,
    share_of_heat as share_of_heat,
    strongest_patches as strongest_patches,
)
from .network.litert import (
    convert as convert,
    run_litert as run_litert,
)
from .network.looks import (
    middle_of as middle_of,
)
from .network.mobilenet import (
    build_pretrained_model as build_pretrained_model,
    load_mobilenet as load_mobilenet,
)
from .network.runtime import (
    describe_device as describe_device,
    import_keras as import_keras,
    set_seed as set_seed,
)
from .pictures.archives import (
    unzip as unzip,
)
from .pictures.filenames import (
    label_of as label_of,
)
from .pictures.layouts import (
    read_filenames as read_filenames,
    read_folders as read_folders,
)
from .pictures.parts import (
    Parts as Parts,
    read_both as read_both,
    read_parts as read_parts,
    read_pictures as read_pictures,
)
from .pictures.pipeline import (
    batch_image as batch_image,
    crop_image as crop_image,
    evaluation_view as evaluation_view,
    load_and_process_image as load_and_process_image,
    load_image as load_image,
    resize_image as resize_image,
)
from .pictures.sets import (
    PictureSet as PictureSet,
)
from .pictures.sound import (
    fit_length as fit_length,
    load_sound as load_sound,
    mel_filters as mel_filters,
    sound_to_image as sound_to_image,
    spectrogram as spectrogram,
)
from .pictures.tables import (
    read_csv as read_csv,
)
from .pictures.unreadable import (
    UnreadableImageError as UnreadableImageError,
    UnreadableSoundError as UnreadableSoundError,
)
from .plots import (
    contact_sheet as contact_sheet,
    plot_confusion as plot_confusion,
    plot_cost as plot_cost,
    plot_heat as plot_heat,
    plot_history as plot_history,
    plot_learning_curve as plot_learning_curve,
    plot_map as plot_map,
    plot_prediction as plot_prediction,
    plot_rates as plot_rates,
    plot_reliability as plot_reliability,
    plot_top_labels as plot_top_labels,
    show as show,
    to_html as to_html,
)
from .report import (
    Finding as Finding,
    Report as Report,
)
from .trainer.occluder import (
    Occluder as Occluder,
)
from .trainer.trainer import (
    Trainer as Trainer,
)
