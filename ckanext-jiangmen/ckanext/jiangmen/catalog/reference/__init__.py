"""《江门市政务信息资源参考内容》: what each department is expected to file.

江府办函〔2017〕82号 六: "按应报尽报的原则填报", "可参考《…参考内容》，见附件3".
"""
