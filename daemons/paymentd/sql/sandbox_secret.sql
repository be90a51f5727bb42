SELECT secret FROM sandbox.setting
