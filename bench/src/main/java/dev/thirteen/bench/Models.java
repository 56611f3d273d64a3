package dev.thirteen.bench;

import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.EngineOptions;
import dev.thirteen.engine.Precision;

/** Loads what is measured. */
final class Models {
    private Models() {}

    static BaseModel load(Place place, Shapes shape) {
        return load(place, shape, Precision.BF16);
    }

    static BaseModel load(Place place, Shapes shape, Precision precision) {
        return BaseModel.load(place.model(shape), new EngineOptions(precision, place.threads()));
    }
}
